//! What `check` and `build` share: load, compile, report.

use std::path::{Path, PathBuf};

use super::Exit;
use super::args::{FormatArg, Selection};
use crate::compile::{self, Compilation, Options};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::io;
use crate::io::terminal::Terminal;
use crate::report::{self, Look};
use crate::source::SourceTree;

/// A fleet that was read and compiled.
pub struct Compiled {
    pub sources: SourceTree,
    pub result: Compilation,
}

/// A fleet that was read.
pub struct Loaded {
    pub sources: SourceTree,
    /// What was said of files that are no part of it.
    pub diags: Diagnostics,
}

/// Reads the fleet below `root`.
pub fn load(root: &Path) -> Result<Loaded, io::Error> {
    let mut diags = Diagnostics::new();
    let sources = compile::complete(io::load(root, &mut diags)?);
    Ok(Loaded { sources, diags })
}

/// Reads the fleet below `root` and compiles what is selected.
pub fn compile(
    root: &Path,
    selection: &Selection,
    options: Options,
) -> Result<Compiled, io::Error> {
    Ok(load(root)?.compile(selection, options))
}

impl Loaded {
    /// Compiles what is selected.
    pub fn compile(self, selection: &Selection, options: Options) -> Compiled {
        let Loaded { sources, mut diags } = self;
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
        Compiled { sources, result }
    }
}

impl Compiled {
    /// The findings in the given spelling, for standard output.
    pub fn report(&self, root: &Path, format: FormatArg, terminal: &mut Terminal) {
        let look = looking(root, format.format(), terminal.result_look());
        let found = &self.result.findings;
        terminal.result(&report::render(
            format.format(),
            found,
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

/// Findings for standard error, beside a result.
pub fn report_aside(
    root: &Path,
    format: FormatArg,
    found: &[Diagnostic],
    sources: &SourceTree,
    terminal: &mut Terminal,
) {
    if found.is_empty() && format.is_human() {
        return;
    }
    let look = looking(root, format.format(), terminal.message_look());
    terminal.message(&report::render(format.format(), found, sources, &look));
}

/// A look with paths as its reader needs them: people see what they typed, services of the
/// repository look for files below its root.
pub fn looking(root: &Path, format: report::Format, look: Look) -> Look {
    let prefix = match format {
        report::Format::Human => io::written_prefix(root),
        _ => io::repository_prefix(root),
    };
    Look { prefix, ..look }
}

/// Findings of a verb that gives nothing else.
pub fn findings(
    root: &Path,
    found: &[Diagnostic],
    sources: &SourceTree,
    terminal: &mut Terminal,
) -> Exit {
    let look = looking(root, report::Format::Human, terminal.message_look());
    terminal.message(&report::render(
        report::Format::Human,
        found,
        sources,
        &look,
    ));
    Exit::Findings
}

/// A path that a command line names: below the fleet's root, or as it is seen from here.
pub fn beneath(root: &Path, path: &Path) -> PathBuf {
    match path.strip_prefix(root) {
        Ok(inner) if !io::exists(&root.join(path)) => inner.to_path_buf(),
        _ => path.to_path_buf(),
    }
}

/// The world failed: says so.
pub fn failed(error: &io::Error, terminal: &mut Terminal) -> Exit {
    terminal.error(&error.to_string());
    Exit::Failed
}
