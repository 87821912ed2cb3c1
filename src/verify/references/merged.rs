//! Analyses: their templates, taken together as the controller does before it makes a run.
//!
//! Source: argo-rollouts `rollout/controller.go` (`getReferencedAnalysisTemplatesFromRef`),
//! `utils/analysis/helpers.go` (`NewAnalysisRunFromTemplates`),
//! `pkg/apis/rollouts/validation/validation_references.go`.

use super::facts::{Arg, Facts, Metric, Rules, Target, Template, Use};
use super::{
    ANALYSIS_ENDLESS, ARGUMENT_MISSING, ARGUMENT_UNDECLARED, ARGUMENT_UNFIT, Resolver,
    TEMPLATE_CYCLE, TEMPLATES_CLASH,
};
use crate::diagnostic::Severity;
use crate::manifest::Finding;
use crate::re2::Re2;
use crate::value::Str;
use crate::verify::object::argo::analysis::METRIC_RULE_VOID;
use crate::verify::object::argo::metric::{LIMITS, unfit};
use crate::verify::object::argo::placeholders::{Filled, fill_with};
use crate::verify::object::argo::providers::is_url;
use crate::verify::object::schedule::go_duration;
use crate::verify::object::shape::NOT_EXACTLY_ONE;

/// How deep templates may take in others: what is below is not looked at.
const DEEPEST: usize = 256;

/// What is given to the templates.
pub struct Asked<'a> {
    pub given: &'a [Arg],
    pub rules: &'a Rules,
    pub by: Use,
}

/// The templates of one analysis, each once.
struct Gathered<'a> {
    found: Vec<(&'a str, &'a Template)>,
    seen: Vec<&'a (Str, bool)>,
    /// All of them are known.
    complete: bool,
    circle: bool,
}

impl<'r> Resolver<'r> {
    pub(super) fn analysis(&mut self, pointer: &str, templates: &'r [(Str, bool)], asked: &Asked) {
        let mut all = Gathered {
            found: Vec::new(),
            seen: Vec::new(),
            complete: true,
            circle: false,
        };
        self.gather(pointer, templates, &mut Vec::new(), &mut all);
        if all.circle {
            let message = "templates of this analysis take each other in".to_owned();
            let help = "take one of them out of the circle";
            self.error(TEMPLATE_CYCLE, pointer, message, help);
        }
        if asked.by == Use::Nested || all.circle {
            return;
        }
        let args = self.merge_args(pointer, &all, asked);
        self.doubly(pointer, &all, asked);
        self.metrics(pointer, &all, asked);
        self.rules(pointer, &all, asked);
        self.values(pointer, &all, &args);
    }

    /// Follows the names; says which of the first ones are missing.
    fn gather(
        &mut self,
        pointer: &str,
        names: &'r [(Str, bool)],
        path: &mut Vec<&'r (Str, bool)>,
        all: &mut Gathered<'r>,
    ) {
        for name in names {
            if path.contains(&name) {
                all.circle = true;
                return;
            }
            if path.len() > DEEPEST {
                all.complete = false;
                return;
            }
            if all.seen.contains(&name) {
                continue;
            }
            all.seen.push(name);
            // Whoever wrote the template above has been told, unless it is one for many namespaces.
            let told = path.last().is_none_or(|above| above.1 && !name.1);
            let Some(template) = self.template(pointer, name, told) else {
                all.complete = false;
                continue;
            };
            all.found.push((name.0.as_str(), template));
            path.push(name);
            self.gather(pointer, &template.nested, path, all);
            path.pop();
        }
    }

    fn template(
        &mut self,
        pointer: &str,
        (name, of_cluster): &(Str, bool),
        told: bool,
    ) -> Option<&'r Template> {
        // What a cluster's template takes in is looked for where the rollout is.
        let anywhere = self.facts.kind == "ClusterAnalysisTemplate" && !of_cluster;
        let (kind, namespace) = match of_cluster {
            true => ("ClusterAnalysisTemplate", ""),
            false => ("AnalysisTemplate", self.facts.namespace.as_str()),
        };
        let index = self.index;
        let found = index.object("argoproj.io", kind, namespace, name);
        let external = || self.externals.has("argoproj.io", kind, namespace, name);
        if found.is_none() && told && !anywhere && !external() {
            self.missing(pointer, kind, namespace, name);
        }
        found.and_then(|facts: &'r Facts| facts.template.as_deref())
    }

    fn clash(&mut self, pointer: &str, message: String, help: &str) {
        self.error(TEMPLATES_CLASH, pointer, message, help);
    }

    /// All arguments with their values; says which have none, and which are for nobody.
    fn merge_args(&mut self, pointer: &str, all: &Gathered, asked: &Asked) -> Vec<Arg> {
        let mut args: Vec<Arg> = Vec::new();
        for arg in all.found.iter().flat_map(|(_, template)| &template.args) {
            let Some(earlier) = args.iter_mut().find(|one| one.name == arg.name) else {
                args.push(arg.clone());
                continue;
            };
            match (&earlier.value, &arg.value) {
                (Some(one), Some(other)) if one != other => {
                    let message = format!(
                        "`{}` is `{one}` in one template and `{other}` in another",
                        arg.name
                    );
                    self.clash(pointer, message, "give both one value");
                }
                (None, _) => *earlier = arg.clone(),
                _ => {}
            }
        }
        self.open_args(pointer, all, &args, asked);
        for given in asked.given.iter().filter(|given| given.valued) {
            if let Some(arg) = args.iter_mut().find(|arg| arg.name == given.name) {
                *arg = given.clone();
            } else if all.complete && asked.by != Use::Nested {
                let message = format!(
                    "no template of this analysis declares the argument `{}`",
                    given.name
                );
                let mut finding = Finding::error(ARGUMENT_UNDECLARED, pointer, message);
                finding.severity = Severity::Warning;
                self.out
                    .push(finding.help("remove it, or declare it in the template"));
            }
        }
        args
    }

    /// A background analysis is told each open argument of each template; for others it is enough
    /// that one template has a value.
    fn open_args(&mut self, pointer: &str, all: &Gathered, args: &[Arg], asked: &Asked) {
        for (name, template) in &all.found {
            for arg in template.args.iter().filter(|arg| !arg.valued) {
                let elsewhere = asked.by != Use::Background
                    && args.iter().any(|one| one.name == arg.name && one.valued);
                let given = |one: &Arg| one.name == arg.name && one.valued;
                if elsewhere || asked.given.iter().any(given) {
                    continue;
                }
                let message = format!(
                    "the template `{name}` needs the argument `{}`, which nobody gives",
                    arg.name
                );
                let help = "add it to `args`, or give it a value in the template";
                self.error(ARGUMENT_MISSING, pointer, message, help);
            }
        }
    }

    /// What waits for an analysis takes no argument with two values; others only use one of them.
    fn doubly(&mut self, pointer: &str, all: &Gathered, asked: &Asked) {
        if asked.by != Use::Inline {
            return;
        }
        for (name, template) in &all.found {
            for arg in template.args.iter().filter(|arg| arg.doubly) {
                let message = format!(
                    "the argument `{}` of the template `{name}` has `value` and `valueFrom`",
                    arg.name
                );
                let help = "keep one of them in the template";
                self.error(NOT_EXACTLY_ONE, pointer, message, help);
            }
        }
    }

    fn metrics(&mut self, pointer: &str, all: &Gathered, asked: &Asked) {
        let mut names: Vec<&str> = Vec::new();
        for (template, metric) in each_metric(all) {
            if names.contains(&metric.name.as_str()) {
                let message = format!("two metrics of this analysis are called `{}`", metric.name);
                self.clash(pointer, message, "rename one of them");
            }
            names.push(&metric.name);
            if asked.by == Use::Inline && is_endless(template, metric) {
                let message = format!(
                    "the metric `{}` has an `interval` and no `count`, so what waits for it waits for ever",
                    metric.name
                );
                self.error(ANALYSIS_ENDLESS, pointer, message, "give it a `count`");
            }
        }
    }

    /// No rule twice, also not in a step that has nothing to do with it; each matches a metric.
    fn rules(&mut self, pointer: &str, all: &Gathered, asked: &Asked) {
        let mut sets = vec![asked.rules];
        if asked.by != Use::Experiment {
            sets.extend(self.facts.needs.iter().filter_map(|need| match &need.what {
                Target::Analysis {
                    rules,
                    by: Use::Inline,
                    ..
                } if need.pointer.contains("/steps/") => Some(rules),
                _ => None,
            }));
        }
        let twice = sets.iter().find_map(|set| {
            repeated(all, &set.dry, |rules| &rules.dry)
                .or_else(|| repeated(all, &set.kept, |rules| &rules.kept))
        });
        if let Some(name) = twice {
            let message = format!("two rules about `{name}` meet in this analysis");
            self.clash(pointer, message, "keep one of them");
        }
        // Templates that take in none are looked at where they stand.
        let nesting = all
            .found
            .iter()
            .filter(|(_, template)| !template.nested.is_empty());
        let theirs = nesting.flat_map(|(_, template)| [&template.rules.dry, &template.rules.kept]);
        let own = [&asked.rules.dry, &asked.rules.kept];
        for name in own.into_iter().chain(theirs).flatten() {
            let Some(regex) = Re2::new(name).filter(|_| all.complete) else {
                continue;
            };
            if !each_metric(all).any(|(_, metric)| regex.matches(&metric.name)) {
                let message =
                    format!("no metric of this analysis has a name that matches `{name}`");
                self.error(
                    METRIC_RULE_VOID,
                    pointer,
                    message,
                    "name a metric, or remove the rule",
                );
            }
        }
    }

    /// Numbers, durations and addresses that arguments are filled into. What stands there without
    /// arguments has been looked at.
    fn values(&mut self, pointer: &str, all: &Gathered, args: &[Arg]) {
        for (_, metric) in each_metric(all) {
            if let Some(wrong) = filled_in(metric, args) {
                let message = format!("the metric `{}`: {wrong}", metric.name);
                let help = "give the argument another value";
                self.error(ARGUMENT_UNFIT, pointer, message, help);
            }
        }
    }
}

fn each_metric<'a>(all: &'a Gathered) -> impl Iterator<Item = (&'a Template, &'a Metric)> {
    all.found.iter().flat_map(|(_, template)| {
        template
            .metrics
            .iter()
            .map(move |metric| (*template, metric))
    })
}

fn repeated<'a>(
    all: &'a Gathered,
    own: &'a [Str],
    list: impl Fn(&Rules) -> &Vec<Str>,
) -> Option<&'a Str> {
    let templates = all
        .found
        .iter()
        .flat_map(|(_, template)| list(&template.rules));
    let names: Vec<&Str> = own.iter().chain(templates).collect();
    let mut numbered = names.iter().enumerate();
    numbered.find_map(|(index, name)| names[..index].contains(name).then_some(*name))
}

/// Does the metric go on for ever, by the values that its template has?
fn is_endless(template: &Template, metric: &Metric) -> bool {
    let value = |name: &str| {
        let arg = template.args.iter().find(|arg| arg.name == name)?;
        Some(Some(arg.value.as_deref().unwrap_or("dummy-value")))
    };
    let text = |text: &str| match fill_with(text, value) {
        Filled::Text(text) => text,
        Filled::Open(_) => String::new(),
    };
    let count = text(&metric.limits[0]).parse::<i64>().unwrap_or(0);
    count == 0 && !text(&metric.interval).is_empty()
}

/// What is wrong with the metric once its arguments have their values.
fn filled_in(metric: &Metric, args: &[Arg]) -> Option<String> {
    let value = |name: &str| {
        let arg = args.iter().find(|arg| arg.name == name)?;
        Some(arg.value.as_deref())
    };
    let text = |text: &str| match fill_with(text, value) {
        Filled::Text(text) => Some(text),
        Filled::Open(_) => None,
    };
    for (field, written) in [
        ("interval", &metric.interval),
        ("initialDelay", &metric.delay),
    ] {
        let filled = text(written).filter(|text| written.contains("{{") && !text.is_empty());
        if let Some(filled) = filled.filter(|text| go_duration(text).is_none()) {
            return Some(format!(
                "`{field}` becomes `{filled}`, which is no duration"
            ));
        }
    }
    let filled = text(&metric.address).filter(|_| metric.address.contains("{{"));
    if let Some(filled) = filled.filter(|text| !is_url(text)) {
        return Some(format!(
            "its address becomes `{filled}`, which is no absolute URL"
        ));
    }
    if !metric.limits.iter().any(|limit| limit.contains("{{")) {
        return None;
    }
    let mut numbers = [None; LIMITS.len()];
    for (number, written) in numbers.iter_mut().zip(&metric.limits) {
        if !written.is_empty() {
            *number = Some(text(written)?.parse().unwrap_or(0));
        }
    }
    let interval = text(&metric.interval)?;
    unfit(&numbers, !interval.is_empty()).map(|(_, wrong)| wrong)
}
