//! Calls: each callee is there and has a port.

use super::names::{Here, Names};
use super::{NAMES_ITSELF, NOTHING_TO_CALL, ports};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{Environment, Fleet};
use crate::source::{SourceTree, Span};

pub fn check(fleet: &Fleet, sources: &SourceTree, diags: &mut Diagnostics) {
    let names = Names::new(fleet, sources);
    for environment in &fleet.environments {
        for service in &environment.services {
            for (callee, _) in &service.spec.calls.0 {
                let (caller, callee, span) = (&service.name.text, &callee.value.0, callee.span);
                diags.extend(call(&names, fleet, environment, caller, callee, span).err());
            }
        }
        for installed in &environment.installs {
            let component = fleet.components.get(&installed.name.text);
            for callee in component
                .iter()
                .flat_map(|component| &component.spec.calls.0)
            {
                let (caller, span) = (&installed.name.text, callee.span);
                diags.extend(call(&names, fleet, environment, caller, &callee.value.0, span).err());
            }
        }
    }
}

fn call(
    names: &Names,
    fleet: &Fleet,
    environment: &Environment,
    caller: &str,
    callee: &str,
    span: Span,
) -> Result<(), Diagnostic> {
    if caller == callee {
        return Err(
            Diagnostic::error(NAMES_ITSELF, format!("`{caller}` calls itself"))
                .at(span, "its own name")
                .help("remove it"),
        );
    }
    let finding = match names.find(fleet, environment, callee, span)? {
        Here::Service(service) if ports::given(service).is_empty() => {
            Diagnostic::error(NOTHING_TO_CALL, format!("`{callee}` has no port to call"))
                .at(span, "called here")
                .at(service.name.span, "a worker")
                .help(format!(
                    "give `{callee}` a port, such as `http 8080`, or remove the call"
                ))
        }
        Here::Component(component) if component.spec.endpoint.0.is_empty() => Diagnostic::error(
            NOTHING_TO_CALL,
            format!("`{callee}` has no endpoint to call"),
        )
        .at(span, "called here")
        .at(component.name.span, "no `endpoint` here")
        .help(format!(
            "write `endpoint \"server\" service=\"{callee}\" port=80` in the component"
        )),
        _ => return Ok(()),
    };
    Err(finding)
}
