//! `why`: what is behind a value of the output.

use std::path::Path;

use super::Exit;
use super::args::FormatArg;
use super::compile::{failed, findings};
use crate::compile::{Session, complete};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::io::{self, terminal::Terminal};
use crate::model::layers::unknown_word;
use crate::model::{Fleet, resolve};
use crate::report::{Format, why as answers};
use crate::source::SourceTree;
use crate::why::{self, Answer, Layers, Object};

/// Tell where a value of the output comes from
///
/// Name a line of an output file, as `generated/production/services/cart/service.yaml:12`, or a
/// service and a JSON pointer, as `production/cart /spec/replicas`. With a file in between, as
/// `production/cart/service-canary`, only that object is asked.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// `<file>:<line>`, `<environment>/<service>` or `<environment>/<service>/<object>`
    subject: String,
    /// A JSON pointer such as `/spec/replicas`, where no line is named
    pointer: Option<String>,
    #[command(flatten)]
    format: FormatArg,
}

pub fn run(root: &Path, args: &Args, terminal: &mut Terminal) -> Exit {
    let mut diags = Diagnostics::new();
    let sources = match io::load(root, &mut diags) {
        Ok(sources) => complete(sources),
        Err(error) => return failed(&error, terminal),
    };
    let session = Session::new(&sources, &mut diags);
    let fleet = resolve::resolve(&sources, &mut diags);
    let fleet = match fleet {
        Some(fleet) if !diags.has_errors() => fleet,
        _ => return findings(root, &diags.into_sorted(), &sources, terminal),
    };
    match ask(&session, &fleet, args) {
        Ok(found) => {
            terminal.result(&shown(&found, &sources, args));
            Exit::Clean
        }
        Err(Refusal::Finding(finding)) => findings(root, &[*finding], &sources, terminal),
        Err(Refusal::Usage(message, help)) => {
            terminal.error(&message);
            terminal.message(&format!("help: {help}\n"));
            Exit::Usage
        }
    }
}

/// Why there is no answer.
enum Refusal {
    Finding(Box<Diagnostic>),
    /// What is wrong with the question, and what to do.
    Usage(String, &'static str),
}

fn shown(found: &[(Answer, Layers)], sources: &SourceTree, args: &Args) -> String {
    if args.format.format() == Format::Json {
        return answers::json(found, sources);
    }
    let texts: Vec<_> = found
        .iter()
        .map(|(answer, layers)| answers::human(answer, sources, layers))
        .collect();
    texts.join("\n")
}

fn ask(session: &Session, fleet: &Fleet, args: &Args) -> Result<Vec<(Answer, Layers)>, Refusal> {
    let answers = match &args.pointer {
        Some(pointer) => at_pointer(session, fleet, &args.subject, pointer)?,
        None => vec![at_line(session, fleet, &args.subject)?],
    };
    let with_layers = answers.into_iter().map(|answer| {
        let mut parts = answer.path.split('/');
        let environment = parts.next().unwrap_or("");
        let service = match parts.next() {
            Some("services") => parts.next(),
            _ => None,
        };
        let layers = Layers::of(session.sources, environment, service);
        (answer, layers)
    });
    Ok(with_layers.collect())
}

fn at_line(session: &Session, fleet: &Fleet, subject: &str) -> Result<Answer, Refusal> {
    const HELP: &str = "write `<file>:<line>`, or `<environment>/<service>` and a JSON pointer";
    let Some((path, line)) = subject.rsplit_once(':') else {
        return Err(Refusal::Usage(format!("`{subject}` names no line"), HELP));
    };
    let Ok(line) = line.parse::<usize>() else {
        return Err(Refusal::Usage(format!("`{line}` is no line number"), HELP));
    };
    let Some(object) = why::by_path(session, fleet, path) else {
        let message = format!("no object is written to `{path}`");
        return Err(Refusal::Usage(
            message,
            "`tiphys build --dry-run` lists what has changed; name a file of the output folder",
        ));
    };
    let n_lines = object.text.lines().count();
    let message = format!("`{}` has {n_lines} lines, not {line}", object.path);
    why::line(&object, line).ok_or(Refusal::Usage(message, "name one of its lines"))
}

fn at_pointer(
    session: &Session,
    fleet: &Fleet,
    subject: &str,
    pointer: &str,
) -> Result<Vec<Answer>, Refusal> {
    let parts: Vec<_> = subject.splitn(3, '/').collect();
    let environments = fleet.environments.iter().map(|one| one.name.text.as_str());
    let environment = fleet
        .environments
        .iter()
        .find(|one| one.name.text == parts[0]);
    let Some(environment) = environment else {
        let finding = unknown_word("environment", parts[0], environments);
        return Err(Refusal::Finding(Box::new(finding)));
    };
    let service = parts.get(1).copied();
    if let Some(name) = service.filter(|name| environment.service(name).is_none()) {
        let names = environment
            .services
            .iter()
            .map(|one| one.name.text.as_str());
        let finding = unknown_word("deployed service", name, names);
        return Err(Refusal::Finding(Box::new(finding)));
    }
    let objects = why::by_name(session, fleet, parts[0], service);
    let objects = objects
        .iter()
        .filter(|object| parts.get(2).is_none_or(|stem| stem_of(object) == *stem));
    let answers: Vec<_> = objects
        .filter_map(|object| why::pointer(object, pointer))
        .collect();
    if answers.is_empty() {
        let message = format!("no object of `{subject}` has a value at `{pointer}`");
        return Err(Refusal::Usage(
            message,
            "write a JSON pointer such as `/spec/template/spec/containers/0/image`",
        ));
    }
    Ok(answers)
}

fn stem_of(object: &Object) -> &str {
    let name = object.path.rsplit('/').next().unwrap_or("");
    name.strip_suffix(".yaml").unwrap_or(name)
}
