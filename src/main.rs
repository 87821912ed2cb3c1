//! The command line of Tiphys.

use std::process::ExitCode;

fn main() -> ExitCode {
    tiphys::io::terminal::report_panics();
    tiphys::cli::run(std::env::args_os()).into()
}
