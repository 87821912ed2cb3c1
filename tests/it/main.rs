//! All integration tests, in one binary.
mod cli;
mod environment;
mod fleet;
mod golden;
mod io;
mod network;
mod tidy;
mod yaml;
mod schema;
mod shop;
mod kdl;
mod kdl_format;
mod kdl_oracle;
mod kdl_text;
mod verdicts;
mod verify;
mod why;
