//! The program of a `health` criterion as it is emitted, run against servers on loopback.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests stand at the edge"
)]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use tiphys::diagnostic::Diagnostics;
use tiphys::value::Value;

use crate::network::objects;

/// What the container runs, from the fleet of `tests/cluster/judged`.
fn command() -> Vec<String> {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cluster/judged");
    let sources = tiphys::io::load(&place, &mut Diagnostics::new()).unwrap();
    let objects = objects(sources, "test", &["analysis-template"]);
    let at = "/spec/metrics/0/provider/job/spec/template/spec/containers/0/command";
    let mut commands = objects.iter().filter_map(|(_, value)| value.pointer(at));
    let words = commands.next().and_then(Value::as_list).unwrap();
    words
        .iter()
        .map(|word| word.as_str().unwrap().to_string())
        .collect()
}

type Answer = fn(&mut TcpStream);

/// Answers one call, and says where.
fn served(answer: Answer) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        if let Ok((mut stream, _)) = listener.accept() {
            let mut head = [0; 4096];
            let _ = stream.read(&mut head);
            answer(&mut stream);
        }
    });
    address
}

fn said(stream: &mut TcpStream, status: &str, body: &str) {
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n");
    let _ = stream.write_all(format!("{head}Connection: close\r\n\r\n{body}").as_bytes());
}

const GOOD: &str = r#"{"checks": {"database": true}}"#;

/// Answers, and whether they are a success.
const CASES: &[(&str, bool, Answer)] = &[
    ("a good answer", true, |stream| said(stream, "200 OK", GOOD)),
    ("another success", true, |stream| {
        said(stream, "203 Fine", GOOD)
    }),
    ("no length", true, |stream| {
        let _ = stream.write_all(format!("HTTP/1.0 200 OK\r\n\r\n{GOOD}").as_bytes());
    }),
    ("a text of the same letters", true, |stream| {
        said(stream, "200 OK", r#"{"checks": {"database": "true"}}"#);
    }),
    ("another value", false, |stream| {
        said(stream, "200 OK", r#"{"checks": {"database": false}}"#);
    }),
    ("another field", false, |stream| {
        said(stream, "200 OK", r#"{"checks": {"cache": true}}"#);
    }),
    ("another shape", false, |stream| {
        said(stream, "200 OK", r#"{"checks": [true]}"#);
    }),
    ("a server's failure", false, |stream| {
        said(stream, "500 Internal Server Error", GOOD);
    }),
    ("a missing page", false, |stream| {
        said(stream, "404 Not Found", GOOD)
    }),
    ("a page", false, |stream| {
        said(stream, "200 OK", "<h1>Welcome</h1>")
    }),
    ("nothing", false, |stream| said(stream, "200 OK", "")),
    ("half of it", false, |stream| {
        said(stream, "200 OK", &GOOD[..20])
    }),
    ("less than is announced", false, |stream| {
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n";
        let _ = stream.write_all(format!("{head}{}", &GOOD[..20]).as_bytes());
    }),
    ("no HTTP", false, |stream| {
        let _ = stream.write_all(b"SSH-2.0-OpenSSH\r\n");
    }),
    ("a closed line", false, |_| {}),
    ("a way elsewhere", false, |stream| {
        let elsewhere = served(|stream| said(stream, "200 OK", GOOD));
        let head = format!("HTTP/1.1 302 Found\r\nLocation: http://{elsewhere}/\r\n");
        let _ = stream.write_all(format!("{head}Content-Length: 0\r\n\r\n").as_bytes());
    }),
    ("more than anybody says", false, |stream| {
        let more = " ".repeat(2 << 20);
        said(stream, "200 OK", &format!("{GOOD}{more}"));
    }),
    ("a hundred thousand brackets", false, |stream| {
        said(stream, "200 OK", &"[".repeat(100_000));
    }),
    ("silence", false, |_| thread::sleep(Duration::from_secs(60))),
    ("a letter a second", false, |stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
        while stream.write_all(b" ").is_ok() {
            thread::sleep(Duration::from_millis(500));
        }
    }),
];

/// Whether the program succeeds; without anything of the caller's environment.
fn succeeds(command: &[String], address: &str) -> bool {
    let words = command
        .iter()
        .skip(1)
        .map(|word| match word.split_once(".svc") {
            Some((_, behind)) if word.starts_with("http://") => {
                let path = behind.find('/').map_or("", |at| &behind[at..]);
                format!("http://{address}{path}")
            }
            _ => word.clone(),
        });
    let mut program = Command::new(&command[0]);
    program
        .args(words)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    program.status().unwrap().success()
}

#[test]
fn only_json_in_which_the_field_is_what_it_must_be_is_health() {
    let command = command();
    let mut version = Command::new(&command[0]);
    if version.arg("--version").output().is_err() {
        return;
    }
    let run = |case: &'static (&'static str, bool, Answer), command: Vec<String>| {
        thread::spawn(move || {
            let got = succeeds(&command, &served(case.2));
            (got != case.1).then(|| format!("{}: {got}", case.0))
        })
    };
    let all: Vec<_> = CASES
        .iter()
        .map(|case| run(case, command.clone()))
        .collect();
    let wrong: Vec<_> = all
        .into_iter()
        .filter_map(|one| one.join().unwrap())
        .collect();
    assert_eq!(wrong, Vec::<String>::new());
    assert!(!succeeds(&command, "127.0.0.1:1"), "nobody answers");
}
