//! A pod that calls a service and reads what it says: the `health` criterion.
//!
//! The web provider of Argo Rollouts up to 1.10.2 takes every answer that is not JSON for a success,
//! whatever the conditions (`metricproviders/webmetric/webmetric.go`): a proxy's error page with
//! status 200 would promote a version. A Job with a short program fails on everything but a 2xx
//! answer with JSON in which the field has the value.

use super::analysis::{caller, phases};
use super::criterion::{Check, Health};
use super::delivery::Delivery;
use super::unit::Unit;
use crate::draft::{Origin, Traced};
use crate::source::Span;
use crate::spec::text::Mesh;
use crate::value::Str;

/// Fails with a trace of what was wrong, which the pod's log keeps. It follows nobody elsewhere, reads
/// a mebibyte at most, and gives up after 20 seconds, however slowly an answer comes.
const PROGRAM: &str = "\
import http.client, json, signal, sys
signal.alarm(20)
url, field, wanted = sys.argv[1:]
_, _, host, path = url.split('/', 3)
link = http.client.HTTPConnection(host, timeout=10)
link.request('GET', '/' + path)
answer = link.getresponse()
if not 200 <= answer.status < 300:
    sys.exit(f'{url} answers {answer.status}')
body = answer.read(1048577)
if len(body) > 1048576:
    sys.exit(f'{url} answers more than a mebibyte')
value = json.loads(body)
for name in field.split('.'):
    value = value[name]
text = value if isinstance(value, str) else json.dumps(value)
sys.exit(None if text == wanted else f'{field} is {text}, not {wanted}')
";

/// The pods that call the service; never under a selector of its own.
pub fn name(unit: &Unit) -> Str {
    unit.suffixed("caller")
}

/// Where the service is called by a pod: the first criterion that asks for it, of what is measured.
pub fn called(unit: &Unit) -> Option<Span> {
    let delivery = Delivery::of(unit)?;
    let phases = phases(unit, &delivery);
    let mut criteria = phases.iter().flat_map(|phase| &phase.criteria);
    let health = criteria.find(|one| matches!(one.check, Check::Health(_)))?;
    Some(health.span.unwrap_or(unit.span()))
}

/// The labels of the pods.
pub fn labels(unit: &Unit) -> Traced {
    Traced::from([(
        "app.kubernetes.io/name",
        Traced::from(name(unit)).at(unit.span()),
    )])
}

/// The context of the template's Job.
pub fn call(unit: &Unit, health: &Health, origin: Origin, context: Traced) -> Option<Traced> {
    let image = caller(unit)?;
    let mesh = super::traffic::mesh(&unit.scope).map(|(_, _, mesh)| mesh.value);
    // The proxy of a mesh would outlive the call, and the Job never end.
    let mut labels = labels(unit);
    if mesh == Some(Mesh::Istio) {
        labels = labels.with("sidecar.istio.io/inject", "false");
    }
    let annotations = match mesh {
        Some(Mesh::Linkerd) => Traced::from([("linkerd.io/inject", Traced::from("disabled"))]),
        _ => Traced::default(),
    };
    let text = |text: &Str| Traced::from(text).from_origin(origin);
    Some(
        context
            .with("image", Traced::from(&image.value.0).at(image.span))
            .with("podLabels", labels)
            .with("podAnnotations", annotations)
            .with("program", PROGRAM)
            .with("field", text(&health.field))
            .with("is", text(&health.is)),
    )
}
