//! NetworkPolicy: who may reach a service, and whom it may reach. Everything else is denied by the
//! namespace.
//!
//! Policies add up, so no pod may fall under two of a service's. Pods of old ReplicaSets lose the
//! label that the controller gives them; so the main policy takes all that are not judged, rather
//! than those with a role of their own.

use super::{Kind, Planned};
use crate::draft::Traced;
use crate::plan::call;
use crate::plan::network::{self, Pods};
use crate::plan::unit::Unit;
use crate::source::Span;
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
    let mut policies = vec![
        policy(unit, "", Pods::Main, Traced::from("NotIn")),
        policy(unit, role, Pods::Judged, Traced::from("In")),
    ];
    policies.extend(call::called(unit).map(|span| of_caller(unit, span)));
    policies
}

/// The pods that call the service reach it, and nobody reaches them.
fn of_caller(unit: &Unit, span: Span) -> Planned {
    let context = unit
        .context_of(&call::name(unit), call::labels(unit))
        .with("operator", Traced::default())
        .with("ingress", Traced::list())
        .with("egress", network::egress_of_caller(unit, span))
        .with("api", Traced::from(false));
    unit.planned(KIND.template, "caller", context)
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
