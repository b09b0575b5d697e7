//! The stand-in as its users meet it: with clients that nobody here wrote, where there are any.

mod api;
mod binary;
mod control;
mod gate;
mod kinds;
mod relay;
mod rule;
mod slots;
mod sts;
mod support;
mod tags;
mod token;
