//! `check`: everything short of writing.

use std::path::Path;

use super::args::{DateArg, FormatArg, Selection};
use super::compile::{compile, failed};
use super::{Exit, build};
use crate::compile::Options;
use crate::io::terminal::Terminal;
use crate::io::tree;

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
        Ok(mut compiled) => {
            if !compiled.result.has_errors() {
                match tree::strays(&build::folder(root), &compiled.result.tree) {
                    Ok(strays) => compiled.result.findings.extend(strays),
                    Err(error) => return failed(&error, terminal),
                }
            }
            compiled.report(root, args.format, terminal);
            if compiled.result.findings.is_empty() && args.format.is_human() {
                let n = compiled.result.tree.n_files();
                terminal.message(&format!("checked: {n} objects, no findings\n"));
            }
            compiled.exit()
        }
        Err(error) => failed(&error, terminal),
    }
}
