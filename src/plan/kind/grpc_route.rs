//! GRPCRoute: the way from a Gateway, or from callers in a mesh, to a gRPC port.

use super::{Kind, Planned};
use crate::plan::route::routes;
use crate::plan::unit::Unit;

pub const KIND: Kind = Kind {
    name: "GRPCRoute",
    template: "grpc-route",
    lower,
};

fn lower(unit: &Unit) -> Vec<Planned> {
    let routes = routes(unit).into_iter().filter(|route| route.is_grpc);
    routes
        .map(|route| route.planned(unit, KIND.template))
        .collect()
}
