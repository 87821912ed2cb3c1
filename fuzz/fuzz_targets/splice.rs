//! The splicer: whatever a value holds, it stands in the manifest as itself and changes nothing around it.
#![no_main]

use std::cell::OnceCell;

use libfuzzer_sys::fuzz_target;
use tiphys::diagnostic::Diagnostics;
use tiphys::draft::{Draft, Origin, Traced};
use tiphys::render::Renderer;
use tiphys::source::{SourceFile, SourceTree};
use tiphys::value::Value;

const TEMPLATE: &str = "whole: ${ value }\npart: before ${ value } after\nlist:\n- ${ value }\n- quoted: '${ value }'\nlast: 1\n";

thread_local! {
    static RENDERER: OnceCell<Renderer> = const { OnceCell::new() };
}

fuzz_target!(|text: &str| {
    let draft = Draft {
        template: "fuzz".into(),
        context: Traced::map().with("value", text),
        parts: Vec::new(),
        origin: Origin::Derived,
    };
    let mut diags = Diagnostics::new();
    let value = RENDERER.with(|cell| cell.get_or_init(renderer).render(&draft, &mut diags));
    let Some(value) = value else {
        assert!(diags.has_errors(), "nothing is refused without a finding");
        return;
    };
    let keys: Vec<_> = value
        .as_map()
        .into_iter()
        .flat_map(|map| map.iter())
        .map(|(key, _)| key.as_str())
        .collect();
    assert_eq!(keys, ["whole", "part", "list", "last"]);
    assert_eq!(value.pointer("/whole").and_then(Value::as_str), Some(text));
    assert_eq!(
        value.pointer("/part").and_then(Value::as_str),
        Some(format!("before {text} after").as_str())
    );
    assert_eq!(value.pointer("/list/0").and_then(Value::as_str), Some(text));
    assert_eq!(
        value.pointer("/list/1/quoted").and_then(Value::as_str),
        Some(text)
    );
    assert_eq!(value.pointer("/last").and_then(Value::as_int), Some(1));
});

fn renderer() -> Renderer {
    let file = SourceFile {
        path: "templates/fuzz.yaml.j2".to_owned(),
        text: TEMPLATE.to_owned(),
    };
    let mut diags = Diagnostics::new();
    let renderer = Renderer::new(&SourceTree::new([file]), &mut diags);
    assert!(diags.is_empty(), "the template is good");
    renderer
}
