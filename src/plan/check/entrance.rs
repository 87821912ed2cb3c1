//! Ways in: each exposed service has one, no two share an address, and who does not meet a canary.

use std::collections::BTreeMap;

use super::{
    INSIDE_CALLERS, NGINX_END_OF_LIFE, NO_DOMAIN, NOTHING_TO_EXPOSE, ROUTE_CLASH, UNCLEAR_ENTRANCE,
};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::check::USELESS_FIELD;
use crate::model::layers::unknown;
use crate::plan::ports::Protocol;
use crate::plan::scope::Scope;
use crate::plan::traffic::{Router, entrance};
use crate::plan::unit::Unit;
use crate::source::Span;
use crate::spec::language::Expose;
use crate::spec::scalar::one_of;

pub fn check(scope: &Scope, units: &[Unit], diags: &mut Diagnostics) {
    for (name, traffic) in &scope.environment.spec.traffic.0 {
        if let Some(nginx) = &traffic.nginx {
            let message = format!(
                "the traffic `{}` goes through ingress-nginx, which is at its end of life",
                name.value
            );
            diags.push(
                Diagnostic::warning(NGINX_END_OF_LIFE, message)
                    .at(nginx.span, "no fixes since March 2026")
                    .help("move it to a Gateway: `gateway=\"<namespace>/<name>\"`"),
            );
        }
    }
    let callers = callers(scope);
    for unit in units {
        if let Some(expose) = &unit.spec().expose {
            exposed(unit, expose, diags);
            inside(unit, &callers, diags);
        }
    }
    clashes(units, diags);
}

fn exposed(unit: &Unit, expose: &Expose, diags: &mut Diagnostics) {
    let routable =
        |port: &crate::plan::ports::PortPlan| port.main && port.protocol != Protocol::Tcp;
    if !unit.ports.iter().any(routable) {
        let message = format!("`{}` is exposed and has no HTTP or gRPC port", unit.name);
        diags.push(
            Diagnostic::error(NOTHING_TO_EXPOSE, message)
                .at(expose.span, "exposed here")
                .help("write `http 8080`, or remove `expose`"),
        );
    }
    match entrance(&unit.scope, expose) {
        None => diags.push(no_entrance(unit, expose)),
        Some((name, traffic)) => {
            if let (Some(tls), None) = (&expose.tls, &traffic.nginx) {
                let message = format!(
                    "`tls` of `{}` has no effect: `{name}` is a gateway",
                    unit.name
                );
                diags.push(
                    Diagnostic::error(USELESS_FIELD, message)
                        .at(tls.span, "the certificates of a Gateway are its own")
                        .help("remove it, and name the certificate in the Gateway's listener"),
                );
            }
            let complete = expose
                .host
                .as_ref()
                .is_some_and(|host| host.value.as_str().contains('.'));
            if !complete && traffic.domain.is_none() {
                let span = expose.host.as_ref().map_or(expose.span, |host| host.span);
                let message = format!(
                    "the host of `{}` is not complete, and the traffic `{name}` has no domain",
                    unit.name
                );
                diags.push(
                    Diagnostic::error(NO_DOMAIN, message)
                        .at(span, "needs a domain")
                        .help(format!("write `traffic \"{name}\" … domain=\"shop.example.com\"`, or the whole host")),
                );
            }
        }
    }
}

fn no_entrance(unit: &Unit, expose: &Expose) -> Diagnostic {
    let environment = &unit.scope.environment;
    let entrances: Vec<&str> = environment
        .spec
        .traffic
        .0
        .iter()
        .filter(|(_, traffic)| traffic.mesh.is_none())
        .map(|(name, _)| name.value.as_str())
        .collect();
    if let Some(via) = &expose.via {
        return unknown(
            "traffic that leads in called",
            via.value.as_str(),
            via.span,
            entrances.into_iter(),
        );
    }
    let name = &environment.name.text;
    let finding = match entrances[..] {
        [] => Diagnostic::error(UNCLEAR_ENTRANCE, format!("`{}` is exposed, and no traffic leads into `{name}`", unit.name))
            .help("write `traffic \"edge\" gateway=\"<namespace>/<name>\" domain=\"…\"` in the environment"),
        _ => Diagnostic::error(UNCLEAR_ENTRANCE, format!("`{}` is exposed, and several ways lead into `{name}`", unit.name))
            .help(format!("write `expose via=…` with {}", one_of(&entrances))),
    };
    finding.at(expose.span, "through which traffic?")
}

/// Who calls whom, by callee.
fn callers<'a>(scope: &Scope<'a>) -> BTreeMap<&'a str, (&'a str, Span)> {
    let mut callers = BTreeMap::new();
    for service in &scope.environment.services {
        for (callee, _) in &service.spec.calls.0 {
            callers
                .entry(callee.value.as_str())
                .or_insert((service.name.text.as_str(), callee.span));
        }
    }
    for installed in &scope.environment.installs {
        let component = scope.fleet.components.get(&installed.name.text);
        for callee in component
            .iter()
            .flat_map(|component| &component.spec.calls.0)
        {
            callers
                .entry(callee.value.as_str())
                .or_insert((installed.name.text.as_str(), callee.span));
        }
    }
    callers
}

fn inside(unit: &Unit, callers: &BTreeMap<&str, (&str, Span)>, diags: &mut Diagnostics) {
    let (Some(traffic), Some((caller, span))) = (&unit.traffic, callers.get(unit.name.as_str()))
    else {
        return;
    };
    let by = match traffic.router {
        Router::Nginx(_) => "ingress-nginx",
        Router::Gateway(_) if traffic.mesh.is_none() => "a gateway",
        _ => return,
    };
    if unit.is_routed() {
        let message = format!(
            "`{caller}` calls `{}` from inside and never meets its canary",
            unit.name
        );
        diags.push(
            Diagnostic::warning(INSIDE_CALLERS, message)
                .at(unit.spec().expose.as_ref().map_or(unit.span(), |expose| expose.span), format!("weights are shifted by {by} alone"))
                .at(*span, "called from inside here")
                .help("expose it by a gateway in an environment with a mesh, or judge the canary without these callers"),
        );
    }
}

fn clashes(units: &[Unit], diags: &mut Diagnostics) {
    let mut seen: BTreeMap<(&str, &str, &str), (&str, Span)> = BTreeMap::new();
    for unit in units {
        let Some((traffic, exposed)) = unit
            .traffic
            .as_ref()
            .and_then(|t| Some((t, t.exposed.as_ref()?)))
        else {
            continue;
        };
        // A prefix matches whole parts of a path, with or without `/` at its end.
        let path = exposed.path.trim_end_matches('/');
        let address = (traffic.name, exposed.host.as_str(), path);
        match seen.get(&address) {
            Some((first, span)) => diags.push(
                Diagnostic::error(
                    ROUTE_CLASH,
                    format!(
                        "`{first}` and `{}` are both at `{}{}`",
                        unit.name, exposed.host, exposed.path
                    ),
                )
                .at(exposed.span, "exposed there too")
                .at(*span, "exposed there first")
                .help("give one of them another `host` or `path`"),
            ),
            None => {
                seen.insert(address, (unit.name.as_str(), exposed.span));
            }
        }
    }
}
