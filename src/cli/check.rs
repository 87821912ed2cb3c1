//! `check`: everything short of writing.

use std::path::Path;

use super::Exit;
use super::args::{DateArg, FormatArg, Selection};
use super::compile::{compile, failed};
use crate::compile::Options;
use crate::io::terminal::Terminal;

/// Compile and verify everything, and write nothing
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    format: FormatArg,
    #[command(flatten)]
    date: DateArg,
}

pub fn run(root: &Path, args: &Args, terminal: &mut Terminal) -> Exit {
    let progress = terminal.progress();
    progress.say("compiling");
    let options = Options {
        date: args.date.date(),
        is_check: true,
        ..Options::default()
    };
    let compiled = compile(root, &args.selection, options);
    drop(progress);
    match compiled {
        Ok(compiled) => {
            compiled.report(args.format, terminal);
            if compiled.result.findings.is_empty() {
                let n = compiled.result.tree.n_files();
                terminal.message(&format!("checked: {n} objects, no findings\n"));
            }
            compiled.exit()
        }
        Err(error) => failed(&error, terminal),
    }
}
