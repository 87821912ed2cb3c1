//! One file for each verb.
//!
//! A verb loads, calls the library and reports. Results go to standard output, everything else to
//! standard error; the exit code tells what happened.

pub mod args;
pub mod build;
pub mod check;
pub mod compile;
pub mod completions;
pub mod convert;
pub mod explain;
pub mod fmt;
pub mod init;
pub mod lint;
pub mod man;
pub mod plan;
pub mod reference;
pub mod release;
pub mod schema;
pub mod sealed;
pub mod why;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand};

use crate::io::terminal::{Color, Lost, Terminal};
use crate::report::text::visible;

/// What a run came to, as scripts see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    Clean = 0,
    /// The tool or its environment failed.
    Failed = 1,
    /// `diff`, `drift` and `build --check` found differences.
    Differences = 2,
    /// Errors in the spec, or a failed gate.
    Findings = 3,
    /// A safety guard refused.
    Refused = 4,
    /// The command line makes no sense.
    Usage = 64,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}

/// Compiles short release specs into the manifests that Argo CD and Argo Rollouts need
#[derive(Debug, Parser)]
#[command(name = "tiphys", version, arg_required_else_help = true, after_help = EXIT_CODES)]
pub struct Cli {
    /// The root of the fleet: the directory that holds `environments/`
    #[arg(short = 'C', value_name = "DIR", default_value = ".", global = true)]
    pub directory: PathBuf,
    /// When to use colours
    #[arg(long, value_enum, value_name = "WHEN", default_value_t, global = true)]
    pub color: args::ColorArg,
    #[command(subcommand)]
    pub command: Command,
}

const EXIT_CODES: &str = "\
Exit codes: 0 clean; 1 the tool or its environment failed; 2 differences; 3 findings; \
4 a safety guard refused; 64 usage";

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Command {
    Init(init::Args),
    Check(check::Args),
    Build(build::Args),
    Plan(plan::Args),
    Release(release::Args),
    Lint(lint::Args),
    Why(why::Args),
    Fmt(fmt::Args),
    Convert(convert::Args),
    Schema(schema::Args),
    Explain(explain::Args),
    Completions(completions::Args),
    Man(man::Args),
}

/// Runs one command line, program name included.
pub fn run(args: impl IntoIterator<Item = OsString>) -> Exit {
    match Cli::try_parse_from(args) {
        Ok(cli) => {
            let mut terminal = Terminal::new(cli.color.into());
            let exit = dispatch(&cli, &mut terminal);
            close(terminal, exit)
        }
        Err(error) => {
            let mut terminal = Terminal::new(Color::Auto);
            let exit = usage(&error, &mut terminal);
            close(terminal, exit)
        }
    }
}

fn dispatch(cli: &Cli, terminal: &mut Terminal) -> Exit {
    match &cli.command {
        Command::Init(args) => init::run(&cli.directory, args, terminal),
        Command::Check(args) => check::run(&cli.directory, args, terminal),
        Command::Build(args) => build::run(&cli.directory, args, terminal),
        Command::Plan(args) => plan::run(&cli.directory, args, terminal),
        Command::Release(args) => release::run(&cli.directory, args, terminal),
        Command::Lint(args) => lint::run(&cli.directory, args, terminal),
        Command::Why(args) => why::run(&cli.directory, args, terminal),
        Command::Fmt(args) => fmt::run(&cli.directory, args, terminal),
        Command::Convert(args) => convert::run(&cli.directory, args, terminal),
        Command::Schema(args) => schema::run(args, terminal),
        Command::Explain(args) => explain::run(&cli.directory, args, terminal),
        Command::Completions(args) => completions::run(args, terminal),
        Command::Man(args) => man::run(args, terminal),
    }
}

/// Help and version are results; everything else that clap says is a mistake on the command line.
fn usage(error: &clap::Error, terminal: &mut Terminal) -> Exit {
    let text = error.render();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            let text = match terminal.result_look().color {
                true => text.ansi().to_string(),
                false => text.to_string(),
            };
            terminal.result(&text);
            Exit::Clean
        }
        _ => {
            terminal.message(&visible(&text.to_string()));
            Exit::Usage
        }
    }
}

/// Results that did not arrive are a failure, whatever they were; a reader that went away knows.
fn close(terminal: Terminal, exit: Exit) -> Exit {
    match terminal.finish() {
        Ok(()) => exit,
        Err(Lost::Closed) => Exit::Failed,
        Err(Lost::Failed(error)) => {
            let mut terminal = Terminal::new(Color::Auto);
            terminal.error(&error.to_string());
            Exit::Failed
        }
    }
}

/// The command with all its verbs, for completions and manual pages.
fn command() -> clap::Command {
    let mut command = Cli::command();
    command.build();
    command
}
