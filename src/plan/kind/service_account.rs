//! ServiceAccount: who a service is for the API server. Its token is mounted only on request.

use super::{Kind, Planned};
use crate::plan::unit::Unit;

pub const KIND: Kind = Kind {
    name: "ServiceAccount",
    template: "service-account",
    lower,
};

fn lower(unit: &Unit) -> Vec<Planned> {
    vec![unit.planned("service-account", "", unit.context(&unit.name))]
}
