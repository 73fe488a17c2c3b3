//! `--web`: a folder of files beside the API.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use guildhall_openapi::ErrorCode;

use crate::support::{Api, Folder, Reply};

#[tokio::test]
async fn a_folder_is_served_beside_the_api() {
    let folder = Folder::new();
    std::fs::create_dir_all(folder.path().join("page/assets")).unwrap();
    folder.write("page/index.html", "<p>The page");
    folder.write("page/assets/it.js", "start()");
    folder.write("page/users", "no member of the API");
    folder.write("secret", "not for the web");
    let running = folder.serve(&[("WEB", "page")]);
    assert!(running.stdout().contains("Web:    http://"), "{}", running.stdout());
    let api = running.api().await;

    let index = api.get("/").await;
    assert_eq!((index.status, index.body.as_str()), (200, "<p>The page"));
    assert_eq!(index.header("content-type"), "text/html; charset=utf-8");
    assert!(!index.header("x-request-id").is_empty());
    let script = api.get("/assets/it.js").await;
    assert_eq!((script.status, script.body.as_str()), (200, "start()"));
    assert_eq!(script.header("content-type"), "text/javascript");
    for file in [&index, &script] {
        assert_eq!(file.header("cache-control"), "no-cache", "{file:?}");
    }
    let known = api.request("GET", "/assets/it.js").header("if-none-match", script.header("etag"));
    assert_eq!(Reply::to(known).await.status, 304);
    let head = Reply::to(api.request("HEAD", "/")).await;
    assert_eq!((head.status, head.body.as_str(), head.header("content-length")), (200, "", "11"));

    // The API goes first, and says no in its own words.
    api.get("/users").await.refused(ErrorCode::NotAuthenticated);
    for nothing in ["/nowhere", "/assets", "/events/1/nowhere"] {
        api.get(nothing).await.refused(ErrorCode::NotFound);
    }
    Reply::to(api.request("POST", "/assets/it.js")).await.refused(ErrorCode::NotFound);
    nothing_else_is_served(&api);
}

/// Paths that lead out of the folder, as no client would send them.
fn nothing_else_is_served(api: &Api) {
    for path in ["/../secret", "/%2e%2e/secret", "/..%2fsecret", "/assets/../../secret", "//secret"]
    {
        let mut stream = TcpStream::connect(api.address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 404"), "{path}: {answer}");
        assert!(!answer.contains("not for the web"), "{path}: {answer}");
    }
}
