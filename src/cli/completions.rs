//! `completions <shell>`: a completion script on standard output.

use clap::ValueEnum;
use clap_complete::Shell;

use super::{Exit, command};
use crate::io::terminal::Terminal;

/// Print a completion script for a shell
#[derive(Debug, clap::Args)]
pub struct Args {
    #[arg(value_enum)]
    shell: ShellName,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ShellName {
    Bash,
    Elvish,
    Fish,
    #[value(name = "powershell")]
    PowerShell,
    Zsh,
}

pub fn run(args: &Args, terminal: &mut Terminal) -> Exit {
    let shell = match args.shell {
        ShellName::Bash => Shell::Bash,
        ShellName::Elvish => Shell::Elvish,
        ShellName::Fish => Shell::Fish,
        ShellName::PowerShell => Shell::PowerShell,
        ShellName::Zsh => Shell::Zsh,
    };
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command(), "tiphys", &mut script);
    terminal.result_bytes(&script);
    Exit::Clean
}
