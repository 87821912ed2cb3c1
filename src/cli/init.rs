//! `init`: a fleet to start from.

use std::path::{Path, PathBuf};

use super::Exit;
use super::compile::failed;
use super::convert::SpellingName;
use crate::edit::scaffold;
use crate::io::{self, terminal::Terminal};
use crate::spec::scalar::Scalar as _;
use crate::spec::text::Name;

/// Write a small fleet to start from
///
/// It passes `check` and `build` as it is. Nothing that is there is overwritten.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Where; `-C` if absent
    folder: Option<PathBuf>,
    /// The spelling of its spec files
    #[arg(long, value_enum, default_value = "kdl")]
    spelling: SpellingName,
    /// The fleet's name; the folder's if absent
    #[arg(long)]
    name: Option<String>,
}

pub fn run(root: &Path, args: &Args, terminal: &mut Terminal) -> Exit {
    let folder = match &args.folder {
        Some(folder) => root.join(folder),
        None => root.to_path_buf(),
    };
    let name = match &args.name {
        Some(name) => name.clone(),
        None => suggested(&folder),
    };
    if let Err(why) = Name::parse(&name) {
        terminal.error(&format!("`{name}` is not a name: {why}"));
        terminal.message("help: name the fleet like `--name shop`\n");
        return Exit::Usage;
    }
    let files = scaffold::files(&name, args.spelling.into());
    let taken = files
        .iter()
        .map(|file| file.path.as_str())
        .chain(["environments"])
        .find(|path| io::exists(&folder.join(path)));
    if let Some(taken) = taken {
        let shown = args.folder.as_deref().unwrap_or(root).join(taken);
        terminal.error(&format!("`{}` exists already", shown.display()));
        terminal.message("help: name an empty folder; nothing was written\n");
        return Exit::Refused;
    }
    for file in &files {
        let path = folder.join(&file.path);
        let created = io::create_folder(path.parent().unwrap_or(&folder));
        if let Err(error) = created.and_then(|()| io::write_file_atomic(&path, &file.text)) {
            return failed(&error, terminal);
        }
        terminal.result(&format!("{}\n", file.path));
    }
    let at = match &args.folder {
        Some(folder) => format!(" -C {}", folder.display()),
        None => String::new(),
    };
    terminal.message(&format!(
        "wrote the fleet `{name}`\nnext: `tiphys{at} check`, then `tiphys{at} build`\n"
    ));
    Exit::Clean
}

fn suggested(folder: &Path) -> String {
    let full = io::absolute(folder);
    let last = full
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    scaffold::name_of_folder(&last.unwrap_or_default())
}
