//! The driver on a simulated device, under a clock that only goes on when everyone waits.

mod host;
mod socket;
mod web;

mod connecting;
mod following;
mod renewing;
mod repeating;
mod signing;
mod threads;
