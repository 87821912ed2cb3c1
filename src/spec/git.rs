//! Names of branches, as git allows them.
//!
//! Source: git, `Documentation/git-check-ref-format.adoc`; with `--branch` for the first letter.

/// Says what is wrong with the name of a branch. It may be written in full (`refs/heads/main`).
pub fn branch(text: &str) -> Result<(), String> {
    let odd = |char: char| char.is_control() || " ~^:?*[\\".contains(char);
    if let Some(char) = text.chars().find(|char| odd(*char)) {
        return Err(match char {
            ' ' => "expected a branch without spaces".into(),
            char => format!("expected a branch without `{}`", char.escape_default()),
        });
    }
    if let Some(part) = ["..", "@{", "//"]
        .into_iter()
        .find(|part| text.contains(part))
    {
        return Err(format!("expected a branch without `{part}`"));
    }
    let is_component = |part: &str| !part.starts_with('.') && !part.ends_with(".lock");
    let is_fine = !text.is_empty()
        && !["@", "HEAD"].contains(&text)
        && !text.starts_with(['-', '/'])
        && !text.ends_with(['/', '.'])
        && text.split('/').all(is_component);
    match is_fine {
        true => Ok(()),
        false => Err("expected a branch as git names it, such as `main`".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::branch;

    #[test]
    fn branches_are_what_git_takes() {
        for good in [
            "main",
            "release/1.2",
            "refs/heads/main",
            "ä",
            "a@b",
            "a.b",
            "x-",
        ] {
            assert_eq!(branch(good), Ok(()), "{good}");
        }
        for bad in [
            "", "feat ure", "a..b", "a~1", "a^", "a:b", "a?", "a*", "a[b", "a\\b", "a@{0}", "@",
            "/a", "a/", "a//b", ".a", "a/.b", "a.lock", "a.lock/b", "a.", "-a", "HEAD", "a\u{7f}",
        ] {
            assert!(branch(bad).is_err(), "{bad}");
        }
    }
}
