//! Where a callee answers: `host:port`, as the caller's variable gets it.

use super::ports::ports;
use super::unit::Unit;
use crate::value::Str;

impl Unit<'_> {
    /// The callee's first unnamed port; its namespace where it is another. `None` for what is
    /// not here or serves nothing.
    pub fn address_of(&self, callee: &str) -> Option<Str> {
        let environment = self.scope.environment;
        if let Some(service) = environment.service(callee) {
            let ports = ports(&service.spec);
            let port = ports
                .iter()
                .find(|port| port.main)
                .or(ports.first())?
                .service;
            let namespace = self.scope.namespace_of(&service.spec);
            return Some(match namespace == self.namespace {
                true => format!("{callee}:{port}").into(),
                false => format!("{callee}.{namespace}:{port}").into(),
            });
        }
        environment.installed(callee)?;
        let component = self.scope.fleet.components.get(callee)?;
        let endpoint = &component.spec.endpoint.0.first()?.1;
        let service = endpoint.service.as_ref()?.value.as_str();
        let port = endpoint.port.as_ref()?.value.0;
        let namespace = component
            .spec
            .namespace
            .as_ref()?
            .name
            .as_ref()?
            .value
            .as_str();
        Some(format!("{service}.{namespace}:{port}").into())
    }
}
