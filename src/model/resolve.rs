//! Documents to a [`Fleet`].

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::layers::{self, Chain, unknown};
use super::load::{self, Documents, EMPTY_FLEET, MISSING_FLEET};
use super::{Caller, Component, Environment, Fleet, Installed, Service};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::{SourceTree, Span};
use crate::spec::document::Document;
use crate::spec::field::{At, Struct};
use crate::spec::language;
use crate::spec::merge::Removals;
use crate::spec::shape::{Datum, Key, Kind};
use crate::spec::text::Name;
use crate::value::Str;

/// Reads everything. `None` where there is no fleet to speak of; else what could be read, with
/// everything that is wrong in `diags`.
pub fn resolve(sources: &SourceTree, diags: &mut Diagnostics) -> Option<Fleet> {
    let documents = load::documents(sources, diags);
    let documents = match documents.has_stand_ins {
        true => documents.without_stand_ins(),
        false => documents,
    };
    fleet(documents, diags)
}

/// What the layers come to.
pub fn fleet(documents: Documents, diags: &mut Diagnostics) -> Option<Fleet> {
    let Some(fleet) = &documents.fleet else {
        if !documents.unreadable.fleet() {
            diags.push(
                Diagnostic::error(MISSING_FLEET, "there is no `environments/fleet.kdl`").help(
                    "write it: `fleet \"shop\" { publish repository=\"https://git.example.com/shop/deploy.git\" branch=\"main\" path=\"generated\" }`",
                ),
            );
        }
        return None;
    };
    let spec = language::Fleet::read_struct(&fleet.datum);
    empty(&documents, fleet, diags);
    let components = components(&documents);
    let mut removals = Removals::default();
    let (lost, sound): (Vec<_>, Vec<_>) = documents
        .environments
        .values()
        .partition(|document| layers::is_unreadable(&documents, document));
    for document in &lost {
        layers::chain(&documents, document, diags);
    }
    let lost: Vec<_> = lost
        .iter()
        .map(|document| document.name.text.clone())
        .collect();
    let environments = sound
        .into_iter()
        .map(|document| {
            let mut environment = environment(&documents, document, &mut removals, diags);
            environment.callers = callers(&environment, &components);
            environment
        })
        .collect();
    removals.report(diags);
    strays(&documents, diags);
    let mut unreadable = documents.unreadable;
    for name in lost {
        unreadable.add(&format!("environments/{name}/environment"));
    }
    Some(Fleet {
        name: fleet.name.clone(),
        spec,
        components,
        environments,
        unreadable,
    })
}

fn empty(documents: &Documents, fleet: &Document, diags: &mut Diagnostics) {
    if documents.environments.is_empty() && !documents.unreadable.any_environment() {
        diags.push(
            Diagnostic::error(
                EMPTY_FLEET,
                format!("the fleet `{}` has no environment", fleet.name.text),
            )
            .at(fleet.name.span, "nothing to compile")
            .help("write `environments/<name>/environment.kdl`"),
        );
    }
}

fn components(documents: &Documents) -> BTreeMap<Str, Component> {
    let components = documents.components.values().map(|document| {
        let spec = language::Component::read_struct(&document.datum);
        (
            document.name.text.clone(),
            Component {
                name: document.name.clone(),
                spec,
            },
        )
    });
    components.collect()
}

fn environment(
    documents: &Documents,
    document: &Document,
    removals: &mut Removals,
    diags: &mut Diagnostics,
) -> Environment {
    let chain = layers::chain(documents, document, diags);
    let datum = chain.environment(removals);
    let releases = releases(documents, &document.name.text);
    let deployed = chain.names(&datum, "deploy");
    let services: Vec<_> = deployed
        .par_iter()
        .with_min_len(16)
        .map(|(key, _)| {
            let (mut removals, mut diags) = (Removals::default(), Diagnostics::new());
            let merged = service_datum(documents, &chain, key, &mut removals, &mut diags);
            let service = merged.map(|(name, datum)| Service {
                spec: language::Service::read_struct(&datum),
                release: releases.get(&key.text).map(|(_, release)| release.clone()),
                deployed: key.span,
                name,
            });
            (service, removals, diags)
        })
        .collect();
    let mut list = Vec::with_capacity(services.len());
    for (service, removed, found) in services {
        removals.append(removed);
        diags.append(found);
        list.extend(service);
    }
    list.sort_by(|a, b| a.name.text.cmp(&b.name.text));
    let installs = installs(documents, &chain, &datum, &releases, diags);
    let releases_file = documents
        .releases
        .get(&document.name.text)
        .map(|found| found.name.span);
    Environment {
        name: document.name.clone(),
        spec: language::Environment::read_struct(&datum),
        services: list,
        installs,
        releases,
        releases_file,
        callers: BTreeMap::new(),
    }
}

/// `calls`, read backwards.
fn callers(
    environment: &Environment,
    components: &BTreeMap<Str, Component>,
) -> BTreeMap<Str, Vec<Caller>> {
    let mut callers: BTreeMap<Str, Vec<Caller>> = BTreeMap::new();
    let mut add = |callee: &At<Name>, caller: &Str| {
        let (name, span) = (caller.clone(), callee.span);
        let list = callers.entry(callee.value.0.clone()).or_default();
        list.push(Caller { name, span });
    };
    for service in &environment.services {
        let calls = service.spec.calls.0.iter();
        calls.for_each(|(callee, _)| add(callee, &service.name.text));
    }
    for installed in &environment.installs {
        let name = &installed.name.text;
        let calls = components
            .get(name)
            .map(|component| &component.spec.calls.0);
        calls
            .into_iter()
            .flatten()
            .for_each(|callee| add(callee, name));
    }
    callers
}

/// The merged data of one deployed service; nothing where it is defined nowhere.
fn service_datum(
    documents: &Documents,
    chain: &Chain,
    key: &Key,
    removals: &mut Removals,
    diags: &mut Diagnostics,
) -> Option<(Key, Datum)> {
    let replaced = chain.documents.iter().rev().find_map(|document| {
        documents
            .replacements
            .get(&(document.name.text.clone(), key.text.clone()))
    });
    let unreadable = &documents.unreadable;
    let mut replacements = chain.documents.iter().rev();
    if replaced.is_none()
        && replacements.any(|document| unreadable.replacement(&document.name.text, &key.text))
    {
        return None;
    }
    let Some(own) = replaced.or_else(|| documents.services.get(&key.text)) else {
        if unreadable.service(&key.text) {
            return None;
        }
        let names = documents.services.keys().map(Str::as_str);
        diags.push(unknown("service", &key.text, key.span, names));
        return None;
    };
    let fleet = documents.fleet.as_ref()?;
    let at = language::Fleet::STRUCT.position("defaults")?;
    let datum = chain.service(fleet.datum.field(at), &own.datum, &key.text, removals);
    Some((own.name.clone(), datum))
}

/// The merged data of one service in one environment, for `why`.
pub fn merged_service(sources: &SourceTree, environment: &str, service: &str) -> Option<Datum> {
    let mut diags = Diagnostics::new();
    let documents = load::documents(sources, &mut diags);
    let chain = layers::chain(
        &documents,
        documents.environments.get(environment)?,
        &mut diags,
    );
    let datum = chain.environment(&mut Removals::default());
    let names = chain.names(&datum, "deploy");
    let (key, _) = names.iter().find(|(key, _)| key.text == service)?;
    service_datum(
        &documents,
        &chain,
        key,
        &mut Removals::default(),
        &mut diags,
    )
    .map(|(_, datum)| datum)
}

/// The merged data of one environment, for `why`.
pub fn merged_environment(sources: &SourceTree, environment: &str) -> Option<Datum> {
    let mut diags = Diagnostics::new();
    let documents = load::documents(sources, &mut diags);
    let chain = layers::chain(
        &documents,
        documents.environments.get(environment)?,
        &mut diags,
    );
    Some(chain.environment(&mut Removals::default()))
}

type Releases = BTreeMap<Str, (Key, language::Release)>;

fn releases(documents: &Documents, environment: &str) -> Releases {
    let Some(document) = documents.releases.get(environment) else {
        return Releases::new();
    };
    let Kind::Map(entries) = &document.datum.kind else {
        return Releases::new();
    };
    let entry = |(key, datum): &(Key, Datum)| {
        (
            key.text.clone(),
            (key.clone(), language::Release::read_struct(datum)),
        )
    };
    entries.iter().map(entry).collect()
}

fn installs(
    documents: &Documents,
    chain: &Chain,
    environment: &Datum,
    releases: &Releases,
    diags: &mut Diagnostics,
) -> Vec<Installed> {
    let mut list = Vec::new();
    for (key, datum) in chain.names(environment, "install") {
        if !documents.components.contains_key(&key.text) {
            if documents.unreadable.component(&key.text) {
                continue;
            }
            let names = documents.components.keys().map(Str::as_str);
            diags.push(unknown("component", &key.text, key.span, names));
            continue;
        }
        let release = releases.get(&key.text).map(|(_, release)| release.clone());
        list.push(Installed {
            name: key.clone(),
            spec: language::Install::read_struct(datum),
            release,
        });
    }
    list.sort_by(|a, b| a.name.text.cmp(&b.name.text));
    list
}

/// Releases and replacements of environments that do not exist.
fn strays(documents: &Documents, diags: &mut Diagnostics) {
    let releases = documents
        .releases
        .iter()
        .map(|(environment, found)| (environment, found.name.span));
    let replacements = documents.replacements.iter();
    let replacements = replacements.map(|((environment, _), found)| (environment, found.name.span));
    let all: Vec<(&Str, Span)> = releases.chain(replacements).collect();
    for (environment, span) in all {
        let is_known = documents.environments.contains_key(environment);
        if !is_known && !documents.unreadable.environment(environment) {
            let names = documents.environments.keys().map(Str::as_str);
            diags.push(unknown("environment", environment, span, names));
        }
    }
}
