//! All integration tests, in one binary.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stderr,
    clippy::too_many_lines,
    clippy::unwrap_used,
    reason = "tests set up and look at real files, fail by panicking, and hold long tables"
)]

mod analyses;
mod argo;
mod attacks;
mod cli;
mod condition;
mod determinism;
mod environment;
mod fleet;
mod golden;
mod injection;
mod docs;
mod guide;
mod health;
mod io;
mod lint;
mod network;
mod plan;
mod plan_attacks;
mod proofs;
mod promql;
mod rollouts;
mod tidy;
mod yaml;
mod schema;
mod seal;
mod shop;
mod kdl;
mod kdl_format;
mod kdl_oracle;
mod kdl_text;
mod verdicts;
mod twins;
mod unreadable;
mod unused;
mod verify;
mod why;
mod contradictions;
mod convert;
mod reference;
mod release;
