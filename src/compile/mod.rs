//! The whole pipeline as one function: the only place that knows the order of the stages.
//!
//! Objects are rendered, completed, checked and written one unit (a service, an environment) at a
//! time, on all cores; only a summary of each stays for the check of references between them.

pub mod forecast;
mod clash;
mod files;
mod fleet;
pub mod inputs;
mod locate;
mod spoiled;
mod promise;
mod references;
mod sides;
mod unused;
pub mod object;

pub use files::CODES;
pub use unused::CODES as UNUSED_CODES;

use std::collections::BTreeSet;

use rayon::prelude::*;
use sides::agreed;
use spoiled::Spoiled;

use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::emit::tree::Tree;
use crate::manifest::Finding;
use crate::model::layers::unknown_word;
use crate::model::{Environment, Fleet, Service};
use crate::plan::scope::Scope;
use crate::plan::unit::Unit;
use crate::plan::{self, Planned};
use crate::policy::{Judge, Policies};
use crate::render::{Renderer, builtin};
use crate::schema::Schemas;
use crate::source::SourceTree;
use crate::spec::spelling;
use crate::verify::references::Facts;

/// What to compile, and by which day.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Names of environments; empty for all.
    pub environments: Vec<String>,
    /// Names of services; empty for everything, environments' own objects included.
    pub services: Vec<String>,
    /// `YYYY-MM-DD`: waivers end by it.
    pub date: String,
    /// Whether what is out of date is an error (`check`) or a warning (`build`).
    pub is_check: bool,
}

/// What came out.
#[derive(Debug)]
pub struct Compilation {
    /// Empty where there are errors.
    pub tree: Tree,
    /// Sorted, none twice.
    pub findings: Vec<Diagnostic>,
}

impl Compilation {
    pub fn has_errors(&self) -> bool {
        let error = crate::diagnostic::Severity::Error;
        self.findings
            .iter()
            .any(|finding| finding.severity == error)
    }
}

/// The sources of a fleet, with the built-in templates that it does not override.
pub fn complete(sources: SourceTree) -> SourceTree {
    let refused = sources.refused().to_vec();
    let files = sources.into_files().into_iter().chain(builtin::files());
    SourceTree::new(files).with_refused(refused)
}

/// Everything that all units share.
pub struct Session<'a> {
    pub sources: &'a SourceTree,
    pub renderer: Renderer,
    pub schemas: Schemas,
}

/// A part of the work that is done in one go.
#[derive(Clone, Copy)]
pub enum Item<'a> {
    Environment(Scope<'a>),
    Service(Scope<'a>, &'a Service),
}

impl<'a> Item<'a> {
    pub fn scope(&self) -> Scope<'a> {
        match self {
            Item::Environment(scope) | Item::Service(scope, _) => *scope,
        }
    }

    /// The service, or the environment.
    pub fn name(&self) -> &'a str {
        match self {
            Item::Environment(scope) => &scope.environment.name.text,
            Item::Service(_, service) => &service.name.text,
        }
    }

    /// The objects of this part. Deterministic: asked twice it gives the same.
    pub fn planned(&self, diags: &mut Diagnostics) -> Vec<Planned> {
        match self {
            Item::Environment(scope) => plan::environment(scope, diags),
            Item::Service(scope, service) => plan::service(&Unit::new(*scope, service), diags),
        }
    }
}

/// What is known of an object, and how sure that is.
type Seen = (Facts, State);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Sound,
    /// It has errors itself: what it seems to say or lack may only follow from them.
    Broken,
    /// It could not be rendered.
    Lost,
}

/// What one part gave.
struct Output {
    files: Vec<(String, String)>,
    facts: Vec<Seen>,
    attended: Option<promise::Attended>,
    diags: Diagnostics,
    /// Kinds of custom resources that it has, with the version of Kubernetes.
    kinds: BTreeSet<(String, String, String)>,
}

/// Compiles `sources`, which are [`complete`].
pub fn compile(sources: &SourceTree, options: &Options) -> Compilation {
    let mut diags = Diagnostics::new();
    let tree = run(sources, options, &mut diags).unwrap_or_default();
    let failed = diags.has_errors();
    let tree = if failed { Tree::default() } else { tree };
    let mut findings = diags.into_sorted();
    findings.iter_mut().for_each(|one| spell(one, sources));
    Compilation { tree, findings }
}

/// Helps about a file in YAML speak YAML.
fn spell(finding: &mut Diagnostic, sources: &SourceTree) {
    let place = finding.labels.first().map(|label| label.span.file);
    if let (Some(file), Some(help)) = (place, &finding.help)
        && spelling::is_yaml(sources.path(file))
    {
        finding.help = Some(spelling::in_yaml(help));
    }
}

fn run(sources: &SourceTree, options: &Options, diags: &mut Diagnostics) -> Option<Tree> {
    let session = Session::new(sources, diags);
    let n_errors = diags.n_errors();
    let policies = Policies::load(sources, diags);
    let are_meant = diags.n_errors() == n_errors;
    let fleets = sides::fleets(sources, diags)?;
    let fleet = fleets.first()?;
    let mut judges = Vec::new();
    agreed(diags, &fleets, |fleet, found| {
        judges.push(policies.judge(fleet, found))
    });
    agreed(diags, &fleets, |fleet, found| {
        fleet::check(fleet, sources, found)
    });
    let spoiled = Spoiled::of(diags, fleet, sources);
    let pairs = || fleets.iter().zip(&judges);
    agreed(diags, pairs(), |(fleet, judge), found| {
        fleet::check_policies(fleet, sources, judge, found);
    });
    let judge = judges.first()?;
    if spoiled.is_empty() {
        unused::check(fleet, sources, diags);
    }
    let n_errors = diags.n_errors();
    check_names(fleet, options, diags);
    if spoiled.is_all() || diags.n_errors() > n_errors {
        finish(&judges, options, false, diags);
        return None;
    }
    let mut items = items(sources, fleet, options);
    items.retain(|item| !matches!(item, Item::Service(_, service) if spoiled.has(service)));
    let all = rendered(
        &session,
        judge,
        (&items, &spoiled),
        files::trees(fleet, options),
        diags,
    );
    if options.is_check {
        object::not_checked(&session.schemas, &all.kinds, diags);
    }
    if options.services.is_empty() {
        promise::unattended(&all.attended, diags);
    }
    // Of a selection the rest of the fleet is not there to refer to.
    if options.services.is_empty() && spoiled.is_empty() {
        references::check(&session, fleet, &items, (&all.facts, &all.states), diags);
    }
    files::report(&session, &items, &all.twins, diags);
    if all.tree.is_complete && !diags.has_errors() {
        unused::definitions(sources, &all.kinds, diags);
    }
    let is_complete = all.tree.is_complete && spoiled.is_empty() && are_meant;
    finish(&judges, options, is_complete, diags);
    Some(all.tree)
}

/// What all parts gave.
struct Rendered<'a> {
    tree: Tree,
    facts: Vec<references::Place>,
    states: Vec<State>,
    attended: Vec<(Scope<'a>, promise::Attended)>,
    kinds: BTreeSet<(String, String, String)>,
    /// Paths that two objects have, with the number of the item of the second.
    twins: Vec<(usize, String)>,
}

/// All parts, on all cores, into `tree`.
fn rendered<'a>(
    session: &Session,
    judge: &Judge,
    (items, spoiled): (&[Item<'a>], &Spoiled),
    tree: Tree,
    diags: &mut Diagnostics,
) -> Rendered<'a> {
    let outputs: Vec<_> = items
        .par_iter()
        .map(|item| output(session, judge, item))
        .collect();
    let n_objects = outputs.iter().map(|output| output.facts.len()).sum();
    let mut all = Rendered {
        tree,
        facts: Vec::with_capacity(n_objects),
        states: Vec::with_capacity(n_objects),
        attended: Vec::new(),
        kinds: BTreeSet::new(),
        twins: Vec::new(),
    };
    for (number, (item, output)) in items.iter().zip(outputs).enumerate() {
        let own = |one: &Diagnostic| !spoiled.covers(one, session.sources);
        diags.append_where(output.diags, own);
        all.attended
            .extend(output.attended.map(|one| (item.scope(), one)));
        all.kinds.extend(output.kinds);
        all.twins
            .extend(files::insert(&mut all.tree, number, item, output.files));
        for (at, (one, state)) in output.facts.into_iter().enumerate() {
            all.facts.push((number, at, one));
            all.states.push(state);
        }
    }
    all
}

fn finish(judges: &[Judge], options: &Options, is_complete: bool, diags: &mut Diagnostics) {
    agreed(diags, judges, |judge, found| {
        judge.finish(&options.date, options.is_check, is_complete, found);
    });
}

impl<'a> Session<'a> {
    pub fn new(sources: &'a SourceTree, diags: &mut Diagnostics) -> Session<'a> {
        let renderer = Renderer::new(sources, diags);
        let schemas = object::schemas(sources, diags);
        Session {
            sources,
            renderer,
            schemas,
        }
    }
}

/// The parts that `options` ask for, environment by environment.
pub fn items<'a>(sources: &'a SourceTree, fleet: &'a Fleet, options: &Options) -> Vec<Item<'a>> {
    let wanted =
        |list: &[String], name: &str| list.is_empty() || list.iter().any(|one| one == name);
    let mut items = Vec::new();
    for environment in &fleet.environments {
        if !wanted(&options.environments, &environment.name.text) {
            continue;
        }
        let scope = Scope {
            sources,
            fleet,
            environment,
        };
        if options.services.is_empty() {
            items.push(Item::Environment(scope));
        }
        let services = environment.services.iter();
        let services = services.filter(|service| wanted(&options.services, &service.name.text));
        items.extend(services.map(|service| Item::Service(scope, service)));
    }
    items
}

fn check_names(fleet: &Fleet, options: &Options, diags: &mut Diagnostics) {
    let environments: Vec<_> = fleet
        .environments
        .iter()
        .map(|env| env.name.text.as_str())
        .collect();
    for name in &options.environments {
        if !environments.contains(&name.as_str()) {
            diags.push(unknown_word(
                "environment",
                name,
                environments.iter().copied(),
            ));
        }
    }
    let wanted = |env: &&Environment| {
        options.environments.is_empty()
            || options
                .environments
                .iter()
                .any(|name| env.name.text == name.as_str())
    };
    let services = fleet
        .environments
        .iter()
        .filter(wanted)
        .flat_map(|env| &env.services);
    let services: BTreeSet<_> = services.map(|service| service.name.text.as_str()).collect();
    for name in &options.services {
        if !services.contains(name.as_str()) {
            diags.push(unknown_word(
                "deployed service",
                name,
                services.iter().copied(),
            ));
        }
    }
}

fn output(session: &Session, judge: &Judge, item: &Item) -> Output {
    let mut diags = Diagnostics::new();
    let mut output = Output {
        files: Vec::new(),
        facts: Vec::new(),
        attended: None,
        diags: Diagnostics::new(),
        kinds: BTreeSet::new(),
    };
    let mut values = Vec::new();
    // What stays is as large as it needs to be.
    let mut text = String::with_capacity(4096);
    let kubernetes = object::kubernetes(&item.scope());
    let target = object::target(&item.scope());
    for planned in item.planned(&mut diags) {
        let Some(value) = object::value(session, &planned, &kubernetes, &target, &mut diags) else {
            output.facts.push((Facts::default(), State::Lost));
            continue;
        };
        let mut findings = object::check(session, &value, &kubernetes, &target);
        if matches!(planned.content, plan::Content::Draft(_)) {
            crate::verify::object::of_ours(&mut findings);
        }
        let is_error = |finding: &Finding| finding.severity == Severity::Error;
        let state = match findings.iter().any(is_error) {
            true => State::Broken,
            false => State::Sound,
        };
        findings.extend(judge.check_object(
            &item.scope().environment.name.text,
            item.name(),
            &value,
        ));
        if !findings.is_empty() {
            locate::report(session, &planned, &findings, &mut diags);
        }
        object::note_kind(&value, &kubernetes, &mut output.kinds);
        output.facts.push((Facts::of(&value), state));
        text.clear();
        crate::emit::yaml::write(&value, &mut text);
        let path = planned.path.to_string();
        output.files.push((path, text.as_str().to_owned()));
        values.push(value);
    }
    if !diags.has_errors() && promise::is_planned(item, &values) {
        output.attended = promise::check(item, &values, &mut diags);
    }
    output.diags = diags;
    output
}
