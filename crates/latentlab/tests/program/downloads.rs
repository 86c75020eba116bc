//! Downloads by way of a proxy, as the environment asks for it.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;

use crate::harness::Place;

/// A proxy on loopback that has nothing; gives its address, and the first lines of the requests that it gets.
fn proxy() -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let requests = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&requests);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
            while let Some(first) = lines.next() {
                let _ = lines.by_ref().find(|line| line.is_empty());
                let is_tunnel = first.starts_with("CONNECT ");
                heard.lock().unwrap().push(first);
                let answer: &[u8] = match is_tunnel {
                    true => b"HTTP/1.1 200 Connected\r\n\r\n",
                    false => b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n",
                };
                if stream.write_all(answer).is_err() {
                    break;
                }
            }
        }
    });
    (address, requests)
}

#[test]
fn a_proxy_is_asked_where_the_environment_names_one() {
    let place = Place::new();
    for variable in ["http_proxy", "HTTP_PROXY", "ALL_PROXY"] {
        let (address, requests) = proxy();
        let mut command = place.command(&["data", "mnist"]);
        command.env(variable, &address).env("LATENTLAB_MIRROR", "http://mirror.invalid/sets");
        let ran = place.ran(command.output().unwrap());
        assert_eq!(ran.code, Some(1), "{}", ran.stderr);
        let url = "http://mirror.invalid/sets/mnist/train-images-idx3-ubyte.gz";
        assert!(ran.stderr.contains(&format!("{url}: http status: 404")), "{variable}: {}", ran.stderr);
        let requests = requests.lock().unwrap();
        assert!(
            requests.iter().all(|request| request.contains("mirror.invalid") || request.starts_with("GET /")),
            "{requests:?}"
        );
        assert!(requests.iter().any(|request| request.contains("mirror.invalid")), "{requests:?}");
    }
}

#[test]
fn a_proxy_is_passed_by_where_the_environment_says_so() {
    let place = Place::new();
    let (address, requests) = proxy();
    let mut command = place.command(&["data", "mnist"]);
    command.env("http_proxy", &address).env("NO_PROXY", "127.0.0.1"); // where the mirror of all tests is not
    let ran = place.ran(command.output().unwrap());
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert!(ran.stderr.contains("Connection refused") || ran.stderr.contains("refused"), "{}", ran.stderr);
    assert_eq!(*requests.lock().unwrap(), Vec::<String>::new());
}
