//! The command line of Tiphys.

use std::process::ExitCode;

/// A compilation makes and drops millions of small things.
#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    tiphys::io::terminal::report_panics();
    tiphys::cli::run(std::env::args_os()).into()
}
