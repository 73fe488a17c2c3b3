import "./style/index.css";

import { render } from "preact";

import { App } from "./app.tsx";
import { watchLogin } from "./state/login.ts";

watchLogin();
render(<App />, document.body);
