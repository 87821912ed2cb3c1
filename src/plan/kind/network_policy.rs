//! NetworkPolicy: who may reach a service, and whom it may reach. Everything else is denied by the
//! namespace.
//!
//! Policies add up, so no pod may fall under two of a service's. Pods of old ReplicaSets lose the
//! label that the controller gives them; so the main policy takes all that are not judged, rather
//! than those with a role of their own.

use super::{Kind, Planned};
use crate::draft::Traced;
use crate::plan::network::{self, Pods};
use crate::plan::unit::Unit;
use crate::value::Str;

pub const KIND: Kind = Kind {
    name: "NetworkPolicy",
    template: "network-policy",
    lower,
};

fn lower(unit: &Unit) -> Vec<Planned> {
    let Some(role) = network::judged_role(unit) else {
        return vec![policy(unit, "", Pods::Main, Traced::default())];
    };
    vec![
        policy(unit, "", Pods::Main, Traced::from("NotIn")),
        policy(unit, role, Pods::Judged, Traced::from("In")),
    ]
}

/// `operator` is how the roles of judged pods are compared; null where there are none.
fn policy(unit: &Unit, suffix: &str, pods: Pods, operator: Traced) -> Planned {
    let name: Str = match suffix {
        "" => unit.name.clone(),
        suffix => unit.suffixed(suffix),
    };
    let api = match &unit.spec().kubernetes_api {
        Some(at) => Traced::from(at.value).at(at.span),
        None => Traced::from(false),
    };
    let context = unit
        .context(&name)
        .with("operator", operator)
        .with("ingress", network::ingress(unit, pods))
        .with("egress", network::egress(unit))
        .with("api", api);
    unit.planned(KIND.template, suffix, context)
}
