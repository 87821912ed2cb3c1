//! No value changes the structure of what is rendered.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;

const NASTY: [&str; 14] = [
    "a: b\n- c",
    "{{ evil }}",
    "${ evil }",
    "{% for %}",
    "yes",
    "1e3",
    "null",
    "~",
    "",
    "\n  hostNetwork: true",
    "\" }, {\"",
    "# comment",
    "&anchor *alias !!tag |",
    "\u{85}\u{2028}\u{FFFE}\u{0}\u{E000}",
];

fn rendered(renderer: &Renderer, context: Traced) -> Option<Value> {
    renderer.render(&draft("rollout", context), &mut Diagnostics::new())
}

static RENDERER: LazyLock<Renderer> = LazyLock::new(|| {
    let mut diags = Diagnostics::new();
    let renderer = Renderer::new(&sources(&[("rollout", ROLLOUT)]), &mut diags);
    assert!(diags.is_empty(), "{diags:?}");
    renderer
});

fn is_same_structure(renderer: &Renderer, word: impl FnMut(&str) -> String) -> bool {
    let plain = rendered(renderer, rollout_context(str::to_owned)).map(|value| shape(&value));
    let other = rendered(renderer, rollout_context(word)).map(|value| shape(&value));
    plain.is_some() && plain == other
}

#[test]
fn hostile_words_stay_words() {
    for word in NASTY {
        assert!(
            is_same_structure(&RENDERER, |_| word.to_owned()),
            "{word:?}"
        );
        let value = rendered(&RENDERER, rollout_context(|_| word.to_owned())).unwrap();
        assert_eq!(value.pointer("/metadata/name"), Some(&text(word)));
        let joined = format!("{word}-canary");
        assert_eq!(
            value.pointer("/spec/strategy/canary/canaryService"),
            Some(&text(&joined))
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_string_changes_the_structure(words in prop::collection::vec(any::<String>(), 1..8)) {
        prop_assume!(words.iter().all(|word| !word.contains(['\u{10FFF8}', '\u{10FFF9}'])));
        let mut next = words.iter().cycle();
        prop_assert!(is_same_structure(&RENDERER, |_| next.next().cloned().unwrap_or_default()));
    }

    #[test]
    fn any_template_text_gives_a_value_or_findings(template in "[a-b:\\-\\n \"'{}%#$\\[\\]|&*,x]{0,60}") {
        let _ = try_render(&template, &[("a", text("b")), ("x", list([]))]);
    }
}

#[test]
fn threads_give_equal_results() {
    let render_all = || -> Vec<Option<Value>> {
        (0..200)
            .map(|at| {
                rendered(
                    &RENDERER,
                    rollout_context(|word| format!("{word}{}", at % 7)),
                )
            })
            .collect()
    };
    let results: Vec<_> = std::thread::scope(|scope| {
        let threads = [(); 2].map(|()| scope.spawn(render_all));
        threads.map(|thread| thread.join().unwrap()).into()
    });
    assert!(results[0].iter().all(Option::is_some));
    assert_eq!(results[0], results[1]);
}
