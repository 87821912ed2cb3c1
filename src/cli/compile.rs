//! What `check` and `build` share: load, compile, report.

use std::path::Path;

use super::Exit;
use super::args::{FormatArg, Selection};
use crate::compile::{self, Compilation, Options};
use crate::diagnostic::Diagnostics;
use crate::io;
use crate::io::terminal::Terminal;
use crate::report;
use crate::source::SourceTree;

/// A fleet that was read and compiled.
pub struct Compiled {
    pub sources: SourceTree,
    pub result: Compilation,
}

/// Reads the fleet below `root` and compiles what is selected.
pub fn compile(
    root: &Path,
    selection: &Selection,
    options: Options,
) -> Result<Compiled, io::Error> {
    let mut diags = Diagnostics::new();
    let sources = compile::complete(io::load(root, &mut diags)?);
    let options = Options {
        environments: selection.environments.clone(),
        services: selection.services.clone(),
        ..options
    };
    let mut result = compile::compile(&sources, &options);
    if !diags.is_empty() {
        let failed = diags.has_errors();
        diags.extend(result.findings);
        result.findings = diags.into_sorted();
        if failed {
            result.tree = Default::default();
        }
    }
    Ok(Compiled { sources, result })
}

impl Compiled {
    /// The findings in the given spelling, for standard output.
    pub fn report(&self, format: FormatArg, terminal: &mut Terminal) {
        let look = terminal.result_look();
        terminal.result(&report::render(
            format.format(),
            &self.result.findings,
            &self.sources,
            &look,
        ));
    }

    /// The same for standard error.
    pub fn report_aside(&self, format: FormatArg, terminal: &mut Terminal) {
        if self.result.findings.is_empty() && format.format() == report::Format::Human {
            return;
        }
        let look = terminal.message_look();
        terminal.message(&report::render(
            format.format(),
            &self.result.findings,
            &self.sources,
            &look,
        ));
    }

    pub fn exit(&self) -> Exit {
        if self.result.has_errors() {
            Exit::Findings
        } else {
            Exit::Clean
        }
    }
}

/// The world failed: says so.
pub fn failed(error: &io::Error, terminal: &mut Terminal) -> Exit {
    terminal.error(&error.to_string());
    Exit::Failed
}
