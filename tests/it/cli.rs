//! Replays the sessions in `tests/cli/`; the README there describes their format.
#![allow(clippy::disallowed_methods, reason = "tests stand at the edge")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use similar::TextDiff;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const BINARY: &str = env!("CARGO_BIN_EXE_tiphys");

#[test]
fn sessions_say_what_they_show() {
    let mut failures = String::new();
    for path in sessions() {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let shown = fs::read_to_string(&path).expect("sessions are UTF-8");
        let said = replay(&shown).unwrap_or_else(|error| panic!("{name}: {error}"));
        if said == shown {
            continue;
        }
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&path, said).expect("sessions can be written");
            continue;
        }
        let diff = TextDiff::from_lines(&shown, &said);
        failures += &format!("{}\n", diff.unified_diff().header(&name, "what it says"));
    }
    assert!(
        failures.is_empty(),
        "UPDATE=1 rewrites sessions\n{failures}"
    );
}

fn sessions() -> Vec<PathBuf> {
    let entries = fs::read_dir(Path::new(ROOT).join("tests/cli")).expect("tests/cli exists");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let is_session = |path: &PathBuf| {
        let is_readme = path.ends_with("README.md");
        path.extension().is_some_and(|ending| ending == "md") && !is_readme
    };
    let mut sessions: Vec<PathBuf> = paths.filter(is_session).collect();
    sessions.sort();
    assert!(!sessions.is_empty(), "there are sessions");
    sessions
}

/// The session with the output of its commands as it is now.
fn replay(session: &str) -> Result<String, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let mut out = String::new();
    let mut lines = session.lines();
    while let Some(line) = lines.next() {
        out += &format!("{line}\n");
        let fixture = line.strip_prefix("<!-- fixture: ");
        if let Some(fixture) = fixture.and_then(|rest| rest.strip_suffix(" -->")) {
            copy(&Path::new(ROOT).join(fixture), folder.path())?;
        }
        let Some(kind) = line.strip_prefix("```") else {
            continue;
        };
        let body: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        if kind == "console" {
            out += &console(&body, folder.path())?;
        } else {
            out += &body
                .iter()
                .map(|line| format!("{line}\n"))
                .collect::<String>();
        }
        if let Some((_, file)) = kind.split_once(" file=") {
            write(&folder.path().join(file), &(body.join("\n") + "\n"))?;
        }
        out += "```\n";
    }
    Ok(out)
}

fn console(body: &[&str], folder: &Path) -> Result<String, String> {
    let commands = body.iter().filter_map(|line| line.strip_prefix("$ "));
    let runs = commands.map(|command| {
        let output = run(command, folder).map_err(|error| format!("`{command}`: {error}"))?;
        Ok(format!("$ {command}\n{}", transcript(&output, folder)))
    });
    Ok(runs.collect::<Result<Vec<_>, String>>()?.join("\n"))
}

/// Runs `command` in `folder`, as a person would who has `tiphys` on the path and little else.
pub fn run(command: &str, folder: &Path) -> std::io::Result<Output> {
    let programs = Path::new(BINARY).parent().unwrap_or(Path::new(""));
    let path = std::env::var("PATH").unwrap_or_default();
    Command::new("sh")
        .args(["-c", command])
        .current_dir(folder)
        .env_clear()
        .env("PATH", format!("{}:{path}", programs.display()))
        .env("HOME", folder)
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::null())
        .output()
}

/// Standard output, then standard error with `! ` before each line, then the exit code if not 0;
/// spaces at line ends are dropped, since editors drop them too.
pub fn transcript(output: &Output, folder: &Path) -> String {
    let clean = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes);
        let text = text.replace(&*folder.to_string_lossy(), "[folder]");
        text.replace(env!("CARGO_PKG_VERSION"), "[version]")
    };
    let stdout = clean(&output.stdout);
    let stderr = clean(&output.stderr);
    let stdout = stdout.lines().map(str::to_string);
    let stderr = stderr.lines().map(|line| format!("! {line}"));
    let lines = stdout.chain(stderr);
    let lines = lines.map(|line| format!("{}\n", line.trim_end()));
    let exit = match output.status.code() {
        Some(0) => None,
        Some(code) => Some(format!("[exit {code}]\n")),
        None => Some("[killed]\n".to_string()),
    };
    lines.chain(exit).collect()
}

pub fn write(path: &Path, text: &str) -> Result<(), String> {
    let parent = path.parent().unwrap_or(path);
    let written = fs::create_dir_all(parent).and_then(|()| fs::write(path, text));
    written.map_err(|error| format!("{}: {error}", path.display()))
}

fn copy(from: &Path, to: &Path) -> Result<(), String> {
    let shown = |error: &dyn std::fmt::Display| format!("{}: {error}", from.display());
    for entry in walkdir::WalkDir::new(from) {
        let entry = entry.map_err(|error| shown(&error))?;
        let inner = entry
            .path()
            .strip_prefix(from)
            .map_err(|error| shown(&error))?;
        let target = to.join(inner);
        let copied = match entry.file_type().is_dir() {
            true => fs::create_dir_all(&target),
            false => fs::copy(entry.path(), &target).map(drop),
        };
        copied.map_err(|error| shown(&error))?;
    }
    Ok(())
}
