// In a file of its own, as a strict Content-Security-Policy allows no script in the page.
import start from "./page.js";

start();
