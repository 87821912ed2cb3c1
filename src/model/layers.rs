//! The order of layers: fleet defaults, environment defaults, service, everywhere, deploy; and
//! with `like`, the whole other environment below.

use std::collections::BTreeMap;

use super::load::Documents;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::Span;
use crate::spec::document::Document;
use crate::spec::field::Struct;
use crate::spec::language;
use crate::spec::merge::{self, Removals};
use crate::spec::problem::nearest;
use crate::spec::shape::{Datum, Key, Kind, Shape, StructShape};
use crate::value::Str;

crate::codes! {
    /// An environment is `like` another one that does not exist, or like itself through others.
    /// `like` names the environment whose fields lie below this one's.
    WRONG_LIKE = "wrong-like": "an environment like one that cannot lie below it";
    /// A name that is used here is defined nowhere: a service that is deployed, a component that
    /// is installed, a team that owns, a file of `also/`. The help names the nearest one.
    UNKNOWN_NAME = "unknown-name": "a name that nothing defines";
}

/// Environments from the lowest to the one asked for.
pub struct Chain<'a> {
    pub documents: Vec<&'a Document>,
    /// What each of them says about the services that it deploys.
    deployed: Vec<BTreeMap<&'a str, &'a Datum>>,
}

const ENVIRONMENT: &StructShape = language::Environment::STRUCT;
const SERVICE: &StructShape = language::Service::STRUCT;

fn field<'a>(datum: &'a Datum, shape: &StructShape, name: &str) -> Option<&'a Datum> {
    datum.field(shape.position(name)?)
}

/// Follows `like`.
pub fn chain<'a>(
    documents: &'a Documents,
    top: &'a Document,
    diags: &mut Diagnostics,
) -> Chain<'a> {
    let mut chain = vec![top];
    while let Some(Datum {
        kind: Kind::Scalar(name),
        span,
        ..
    }) = field(&chain[chain.len() - 1].datum, ENVIRONMENT, "like")
    {
        let Some(next) = documents.environments.get(name) else {
            if !documents.unreadable.environment(name) {
                let other = |name: &&Str| chain.iter().all(|one| one.name.text != **name);
                let names = documents.environments.keys().filter(other).map(Str::as_str);
                diags.push(unknown("environment", name, *span, names));
            }
            break;
        };
        if let Some(start) = chain.iter().position(|one| one.name == next.name) {
            diags.extend(circle(&chain[start..], top));
            break;
        }
        chain.push(next);
    }
    chain.reverse();
    let deployed = chain.iter().map(|document| {
        let entries = group_of(&document.datum, "deploy").iter();
        entries
            .map(|(key, datum)| (key.text.as_str(), datum))
            .collect()
    });
    Chain {
        deployed: deployed.collect(),
        documents: chain,
    }
}

/// Said once, of the first by name.
fn circle(circle: &[&Document], top: &Document) -> Option<Diagnostic> {
    let mut names: Vec<_> = circle.iter().map(|one| one.name.text.as_str()).collect();
    let first = names.iter().min()?;
    if *first != top.name.text {
        return None;
    }
    names.push(names[0]);
    let message = format!("`like` goes in a circle: {}", names.join(" → "));
    let places = circle
        .iter()
        .filter_map(|one| field(&one.datum, ENVIRONMENT, "like"));
    let found = Diagnostic::error(WRONG_LIKE, message).help("remove one `like`");
    Some(places.fold(found, |found, like| found.at(like.span, "leads on")))
}

/// Whether nobody knows what lies below `document`: an environment that could not be read or that
/// does not exist, be it through others, or a circle.
pub fn is_unreadable(documents: &Documents, document: &Document) -> bool {
    let mut seen = vec![document];
    while let Some(Datum {
        kind: Kind::Scalar(name),
        ..
    }) = field(&seen[seen.len() - 1].datum, ENVIRONMENT, "like")
    {
        match documents.environments.get(name) {
            None => return true,
            Some(next) if seen.iter().any(|one| one.name == next.name) => return true,
            Some(next) => seen.push(next),
        }
    }
    false
}

/// A finding for a name that is defined nowhere.
pub fn unknown<'a>(
    what: &str,
    name: &str,
    span: Span,
    names: impl Iterator<Item = &'a str>,
) -> Diagnostic {
    unknown_word(what, name, names).at(span, "not defined")
}

/// The same for a name that stands in no file: one of the command line.
pub fn unknown_word<'a>(
    what: &str,
    name: &str,
    names: impl Iterator<Item = &'a str>,
) -> Diagnostic {
    let names: Vec<_> = names.collect();
    let finding = Diagnostic::error(UNKNOWN_NAME, format!("there is no {what} `{name}`"));
    match nearest(name, names.iter().copied()) {
        Some(near) => finding.help(format!("did you mean `{near}`?")),
        None if names.is_empty() => finding.help(definition(what, name)),
        None => {
            let shown: Vec<_> = names
                .iter()
                .take(12)
                .map(|name| format!("`{name}`"))
                .collect();
            let more = if names.len() > 12 { " …" } else { "" };
            finding.help(format!(
                "define it, or use one of {}{more}",
                shown.join(", ")
            ))
        }
    }
}

/// What to write, where nothing of that kind is there yet.
fn definition(what: &str, name: &str) -> String {
    match what {
        "team" => format!("write `team \"{name}\" group=\"…\"` in the fleet"),
        "secret of this service called" => {
            format!("write `secret \"{name}\" path=\"…\" {{ file tls.crt=\"…\" }}` in the service")
        }
        "service" => format!("write `environments/services/{name}.kdl`"),
        _ => format!("define a {what} of that name"),
    }
}

impl<'a> Chain<'a> {
    /// The environment's own fields, merged.
    pub fn environment(&self, removals: &mut Removals) -> Datum {
        let layers = self.documents.iter().map(|document| &document.datum);
        let nothing = Span::new(crate::source::FileId(0), 0, 0);
        layers.fold(empty(ENVIRONMENT, nothing), |below, above| {
            merge::structs(ENVIRONMENT, below, above, removals)
        })
    }

    /// All layers of one service.
    pub fn service(
        &self,
        defaults: Option<&Datum>,
        own: &Datum,
        name: &str,
        removals: &mut Removals,
    ) -> Datum {
        let of = |document: &&'a Document, name| field(&document.datum, ENVIRONMENT, name);
        let mut layers: Vec<&Datum> = defaults.into_iter().collect();
        let documents = self.documents.iter();
        layers.extend(documents.filter_map(|document| of(document, "defaults")));
        layers.push(own);
        for (document, deployed) in self.documents.iter().zip(&self.deployed) {
            layers.extend(of(document, "everywhere"));
            layers.extend(deployed.get(name));
        }
        let start = empty(SERVICE, own.span);
        let mut merged = layers.into_iter().fold(start, |below, above| {
            merge::structs(SERVICE, below, above, removals)
        });
        merged.span = own.span;
        inherit_health(&mut merged, removals);
        merged
    }

    /// The services that are deployed and where, or the components that are installed.
    pub fn names<'d>(&self, environment: &'d Datum, group: &str) -> &'d [(Key, Datum)] {
        group_of(environment, group)
    }
}

/// The entries of `deploy` or `install`.
fn group_of<'d>(environment: &'d Datum, group: &str) -> &'d [(Key, Datum)] {
    match field(environment, ENVIRONMENT, group).map(|datum| &datum.kind) {
        Some(Kind::Map(entries)) => entries,
        _ => &[],
    }
}

fn empty(shape: &StructShape, span: Span) -> Datum {
    Datum::new(
        Kind::Struct(shape.fields.iter().map(|_| None).collect()),
        span,
    )
}

/// `live` and `ready` merge over `health`.
fn inherit_health(service: &mut Datum, removals: &mut Removals) {
    let Some(health) = field(service, SERVICE, "health").cloned() else {
        return;
    };
    let Kind::Struct(fields) = &mut service.kind else {
        return;
    };
    for name in ["live", "ready"] {
        let Some(at) = SERVICE.position(name) else {
            continue;
        };
        let Shape::Struct(shape) = SERVICE.fields[at].shape else {
            continue;
        };
        fields[at] = Some(match &fields[at] {
            Some(own) => merge::structs(shape, health.clone(), own, removals),
            None => health.clone(),
        });
    }
}
