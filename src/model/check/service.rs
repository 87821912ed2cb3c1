//! What every service must say: who owns it, its image, pods that can be there and can end.

use super::{DRAIN_BEYOND_GRACE, WRONG_LOAD, WRONG_REPLICAS, missing, services};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::layers::unknown;
use crate::model::{Environment, Fleet, Service};
use crate::source::SourceTree;

pub fn check(fleet: &Fleet, _: &SourceTree, diags: &mut Diagnostics) {
    for (environment, service) in services(fleet) {
        via(environment, service, diags);
        owner(fleet, service, diags);
        image(fleet, service, diags);
        replicas(service, diags);
        load(service, diags);
        drain(service, diags);
    }
}

/// The traffic that an `expose` names must be there: without it the service would not be reached.
fn via(environment: &Environment, service: &Service, diags: &mut Diagnostics) {
    let expose = service.spec.expose.as_ref();
    let Some(via) = expose.and_then(|expose| expose.via.as_ref()) else {
        return;
    };
    let traffic = &environment.spec.traffic.0;
    let names = || traffic.iter().map(|(name, _)| name.value.as_str());
    if !names().any(|name| name == via.value.0) {
        diags.push(unknown("traffic", &via.value.0, via.span, names()));
    }
}

fn owner(fleet: &Fleet, service: &Service, diags: &mut Diagnostics) {
    let teams = || {
        fleet
            .spec
            .team
            .0
            .iter()
            .map(|(name, _)| name.value.as_str())
    };
    let name = &service.name;
    match &service.spec.owner {
        None => {
            let what = format!("the service `{}` has no owner", name.text);
            let team = teams().next().unwrap_or("payments");
            let write = format!("service \"{}\" owner=\"{team}\"", name.text);
            diags.push(missing(name.span, what, &write));
        }
        Some(owner) if !teams().any(|team| team == owner.value.as_str()) => {
            diags.push(unknown("team", owner.value.as_str(), owner.span, teams()));
        }
        Some(_) => {}
    }
}

fn image(fleet: &Fleet, service: &Service, diags: &mut Diagnostics) {
    if service.spec.image.is_none() && fleet.spec.images.is_none() {
        let name = &service.name;
        let what = format!("nothing says where the image of `{}` is", name.text);
        let write = format!("image \"registry.example.com/shop/{}\"", name.text);
        diags.push(
            missing(name.span, what, &write)
                .note("`images` in the fleet is the repository in front of every service's image"),
        );
    }
}

fn replicas(service: &Service, diags: &mut Diagnostics) {
    let size = service.spec.size.as_ref();
    let Some(replicas) = size.and_then(|size| size.replicas.as_ref()) else {
        return;
    };
    let (Some(min), Some(max)) = (&replicas.min, &replicas.max) else {
        return;
    };
    if min.value > max.value {
        let (least, most) = (min.value.0, max.value.0);
        diags.push(
            Diagnostic::error(
                WRONG_REPLICAS,
                format!(
                    "`{}` has at least {least} pods and at most {most}",
                    service.name.text
                ),
            )
            .at(min.span, format!("at least, from {}", min.layer.as_str()))
            .at(max.span, format!("at most, from {}", max.layer.as_str()))
            .help(format!(
                "set both in one place, such as `replicas min={most} max={least}`"
            )),
        );
    }
}

fn load(service: &Service, diags: &mut Diagnostics) {
    let load = service.spec.load.as_ref();
    let Some((usual, peak)) = load.and_then(|load| load.usual.as_ref().zip(load.peak.as_ref()))
    else {
        return;
    };
    if usual.value > peak.value {
        let message = format!(
            "`{}` usually has more requests than at its peak",
            service.name.text
        );
        diags.push(
            Diagnostic::error(WRONG_LOAD, message)
                .at(usual.span, format!("usual, from {}", usual.layer.as_str()))
                .at(peak.span, format!("at most, from {}", peak.layer.as_str()))
                .help("exchange the two, or correct one"),
        );
    }
}

fn drain(service: &Service, diags: &mut Diagnostics) {
    let (Some(drain), Some(grace)) = (&service.spec.drain, &service.spec.grace) else {
        return;
    };
    if drain.value >= grace.value {
        diags.push(
            Diagnostic::error(
                DRAIN_BEYOND_GRACE,
                format!(
                    "`{}` drains for {} and is killed after {}",
                    service.name.text, drain.value, grace.value
                ),
            )
            .at(drain.span, "drains until here")
            .at(grace.span, "is killed here")
            .help("raise `grace`, or leave it out: it is then the drain and 30 seconds"),
        );
    }
}
