//! `man [verb]`: a manual page in roff on standard output.

use clap_mangen::Man;

use super::{Exit, command};
use crate::io::terminal::Terminal;

/// Print a manual page, for `man -l -`
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The verb to describe; the whole tool if absent
    verb: Option<String>,
}

pub fn run(args: &Args, terminal: &mut Terminal) -> Exit {
    let all = command();
    let page = match &args.verb {
        None => all,
        Some(verb) => match all.find_subcommand(verb) {
            Some(found) => found.clone(),
            None => {
                terminal.error(&format!("there is no verb `{verb}`"));
                terminal.message("help: `tiphys --help` lists the verbs\n");
                return Exit::Usage;
            }
        },
    };
    let mut roff = Vec::new();
    let source = concat!("tiphys ", env!("CARGO_PKG_VERSION"));
    match Man::new(page).source(source).render(&mut roff) {
        Ok(()) => {
            terminal.result_bytes(&roff);
            Exit::Clean
        }
        Err(error) => {
            terminal.error(&format!("could not write the manual page: {error}"));
            Exit::Failed
        }
    }
}
