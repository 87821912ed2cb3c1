//! Environments: versions, cluster, ways in, windows, and where metrics and secrets are.

use super::{EXCLUSIVE_FIELDS, ROLLOUT_EVERYWHERE, UNKNOWN_ZONE, UNSUPPORTED_VERSION, WRONG_CRON};
use super::{cron, missing};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{Environment, Fleet};
use crate::source::{SourceTree, Span};
use crate::spec::field::At;
use crate::spec::language::{Traffic, Window};
use crate::spec::problem::nearest;
use crate::spec::scalar::one_of;
use crate::spec::text::{Minor, Zone};

/// What there are schemas for; the newest is last.
const SUPPORTED: [(&str, &str, &[&str]); 3] = [
    (
        "kubernetes",
        "Kubernetes",
        &["1.34", "1.35", "1.36", "1.37"],
    ),
    ("argo-cd", "Argo CD", &["3.4", "3.5", "3.6"]),
    ("argo-rollouts", "Argo Rollouts", &["1.8", "1.9", "1.10"]),
];

pub fn check(fleet: &Fleet, _: &SourceTree, diags: &mut Diagnostics) {
    for environment in &fleet.environments {
        target(environment, diags);
        cluster(environment, diags);
        traffic(environment, diags);
        sources_of_values(environment, diags);
        for (name, window) in &environment.spec.window.0 {
            self::window(name.value.as_str(), name.span, window, diags);
        }
        everywhere(environment, diags);
    }
}

fn target(environment: &Environment, diags: &mut Diagnostics) {
    let target = environment.spec.target.as_ref();
    let span = target.map_or(environment.name.span, |target| target.span);
    let given = target.map_or([None, None, None], |target| {
        [&target.kubernetes, &target.argo_cd, &target.argo_rollouts].map(Option::as_ref)
    });
    for (given, (field, name, supported)) in given.into_iter().zip(SUPPORTED) {
        match given {
            Some(at) => version(at, name, supported, diags),
            None => {
                let what = format!(
                    "`{}` does not say which version of {name} it runs",
                    environment.name.text
                );
                let newest = supported[supported.len() - 1];
                diags.push(missing(span, what, &format!("target {field}=\"{newest}\"")));
            }
        }
    }
}

fn version(at: &At<Minor>, name: &str, supported: &[&str], diags: &mut Diagnostics) {
    let text = at.value.as_str();
    if !supported.contains(&text) {
        diags.push(
            Diagnostic::error(
                UNSUPPORTED_VERSION,
                format!("{name} `{text}` is not supported"),
            )
            .at(at.span, "not supported")
            .help(format!("use {}", one_of(supported))),
        );
    }
}

fn cluster(environment: &Environment, diags: &mut Diagnostics) {
    let cluster = environment.spec.cluster.as_ref();
    if cluster.is_none_or(|cluster| cluster.server.is_none()) {
        let span = cluster.map_or(environment.name.span, |cluster| cluster.span);
        let what = format!(
            "`{}` does not say which cluster it is on",
            environment.name.text
        );
        diags.push(missing(
            span,
            what,
            "cluster server=\"https://kubernetes.default.svc\"",
        ));
    }
}

fn traffic(environment: &Environment, diags: &mut Diagnostics) {
    let mut mesh: Option<Span> = None;
    for (name, traffic) in &environment.spec.traffic.0 {
        one_kind(name, traffic, diags);
        let Some(at) = &traffic.mesh else { continue };
        match mesh {
            None => mesh = Some(at.span),
            Some(first) => diags.push(
                Diagnostic::error(EXCLUSIVE_FIELDS, "an environment has at most one mesh")
                    .at(at.span, "the second one")
                    .at(first, "the first one")
                    .help("remove one of them"),
            ),
        }
    }
}

fn one_kind(name: &At<crate::value::Str>, traffic: &Traffic, diags: &mut Diagnostics) {
    let given: Vec<(&str, Span)> = [
        traffic.gateway.as_ref().map(|at| ("gateway", at.span)),
        traffic.nginx.as_ref().map(|at| ("nginx", at.span)),
        traffic.mesh.as_ref().map(|at| ("mesh", at.span)),
    ]
    .into_iter()
    .flatten()
    .collect();
    let finding = match given[..] {
        [_] => return,
        [] => Diagnostic::error(
            EXCLUSIVE_FIELDS,
            format!(
                "the traffic `{}` names no `gateway`, `nginx` or `mesh`",
                name.value
            ),
        )
        .at(name.span, "leads nowhere"),
        _ => {
            let words: Vec<_> = given.iter().map(|(word, _)| *word).collect();
            let message = format!(
                "the traffic `{}` is several things at once: {}",
                name.value,
                one_of(&words).replace(" or ", " and ")
            );
            given.iter().fold(
                Diagnostic::error(EXCLUSIVE_FIELDS, message),
                |finding, (word, span)| finding.at(*span, format!("a {word}")),
            )
        }
    };
    diags.push(finding.help(
        "write exactly one of `gateway=\"<namespace>/<name>\"`, `nginx=\"<namespace>/<class>\"` \
         and `mesh=\"istio\"`",
    ));
}

fn sources_of_values(environment: &Environment, diags: &mut Diagnostics) {
    if let Some(metrics) = &environment.spec.metrics
        && metrics.prometheus.is_none()
    {
        let what = "`metrics` does not say where Prometheus is".to_string();
        let write = "metrics prometheus=\"http://prometheus.monitoring:9090\"";
        diags.push(missing(metrics.span, what, write));
    }
    if let Some(secrets) = &environment.spec.secrets
        && secrets.store.is_none()
    {
        let what = "`secrets` does not name its store".to_string();
        diags.push(missing(
            secrets.span,
            what,
            "secrets store=\"ClusterSecretStore/vault\"",
        ));
    }
}

fn window(name: &str, span: Span, window: &Window, diags: &mut Diagnostics) {
    let wanted = [
        (window.effect.is_some(), "`deny` or `allow`", "deny …"),
        (window.cron.is_some(), "`cron`", "… cron=\"0 16 * * FRI\""),
        (window.length.is_some(), "`for`", "… for=\"64h\""),
    ];
    for (is_there, what, example) in wanted {
        if !is_there {
            let what = format!("the window `{name}` has no {what}");
            diags.push(missing(span, what, &format!("window \"{name}\" {example}")));
        }
    }
    if let Some(at) = &window.cron
        && let Err(why) = cron::check(at.value.as_str())
    {
        diags.push(
            Diagnostic::error(
                WRONG_CRON,
                format!("`{}` does not say when: {why}", at.value.as_str()),
            )
            .at(at.span, why)
            .help("write minute, hour, day, month and day of the week, as in `0 16 * * FRI`"),
        );
    }
    if let Some(at) = &window.zone {
        zone(at, diags);
    }
}

/// The database that the program carries, so that every machine knows the same zones.
fn zone(at: &At<Zone>, diags: &mut Diagnostics) {
    let zones = jiff::tz::TimeZoneDatabase::bundled();
    let text = at.value.as_str();
    if zones.get(text).is_ok() {
        return;
    }
    let names: Vec<String> = zones.available().map(|name| name.to_string()).collect();
    let help = match nearest(text, names.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "write it like `Europe/Berlin` or `UTC`".to_string(),
    };
    diags.push(
        Diagnostic::error(UNKNOWN_ZONE, format!("there is no time zone `{text}`"))
            .at(at.span, "not in the IANA database")
            .help(help),
    );
}

fn everywhere(environment: &Environment, diags: &mut Diagnostics) {
    let everywhere = environment.spec.everywhere.as_ref();
    let Some(rollout) = everywhere.and_then(|service| service.rollout.as_ref()) else {
        return;
    };
    diags.push(
        Diagnostic::warning(
            ROLLOUT_EVERYWHERE,
            "`everywhere` replaces the rollout of every service",
        )
        .at(rollout.span(), "also of those that must not be split")
        .help("move it to `defaults`, which hold where a service says nothing"),
    );
}
