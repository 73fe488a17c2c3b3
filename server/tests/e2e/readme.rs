//! What README says can be pasted.

use std::process::Command;

use crate::support::Folder;

const README: &str = include_str!("../../../README.md");

/// The shell block that follows these words.
fn block_after(words: &str) -> &'static str {
    let (_, rest) = README.split_once(words).unwrap();
    let (_, rest) = rest.split_once("```sh\n").unwrap();
    rest.split_once("```").unwrap().0
}

#[tokio::test]
async fn the_session_with_curl_does_what_it_shows() {
    let folder = Folder::new();
    let running = folder.serve(&[]);
    running.api().await;
    let said = running.stdout();
    let address = said.lines().find_map(|line| line.strip_prefix("API:    ")).unwrap();
    let script = block_after("this can be pasted as it is");
    let script = script.replace("http://127.0.0.1:8000", address);
    assert!(script.contains(address));
    let pasted = Command::new("bash").args(["-e", "-c", &script]).output().unwrap();
    let output = String::from_utf8(pasted.stdout).unwrap();
    assert!(pasted.status.success(), "{output}");
    let mut rest = output.as_str();
    for expected in [
        r#""username":"alice""#,
        r#""last_login":""#,
        r#""full_name":"Alice Liddell""#,
        r#"[{"id":1,"#,
        r#""user_agent":"curl/"#,
        r#""content":"Remember the milk""#,
        r#"{"frames":[{"type":"new_message","#,
        r#""unread_count":1"#,
        r#""refresh_token":"gr1."#,
        "204\n",
        r#""detail":"Non authentifié""#,
    ] {
        let Some((_, after)) = rest.split_once(expected) else { panic!("{expected} in {output}") };
        rest = after;
    }
}
