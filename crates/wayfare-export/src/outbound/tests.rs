//! Requests to servers of this machine, which a test may allow.

use super::*;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// A server that gives each connection the next of its answers; counts the connections and keeps the requests.
struct Server {
    address: SocketAddr,
    seen: Arc<tokio::sync::Mutex<Vec<String>>>,
}

impl Server {
    async fn on(ip: &str, answers: Vec<String>) -> Self {
        let listener = TcpListener::bind((ip, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(tokio::sync::Mutex::new(Vec::new()));
        let kept = seen.clone();
        tokio::spawn(async move {
            for answer in answers {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut request = Vec::new();
                let mut buffer = [0; 4_096];
                while !is_whole(&request) {
                    let read = stream.read(&mut buffer).await.unwrap();
                    request.extend(&buffer[..read]);
                }
                kept.lock().await.push(String::from_utf8(request).unwrap());
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        Self { address, seen }
    }

    fn url(&self, path: &str) -> Url {
        format!("http://{}{path}", self.address).parse().unwrap()
    }
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request).to_ascii_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next());
    body.len() >= length.map_or(0, |length| length.parse().unwrap())
}

fn answer(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n{body}", body.len())
}

fn to(url: &Url) -> String {
    answer("307 Temporary Redirect", &format!("location: {url}\r\n"), "")
}

/// A client for which 127.0.0.1 alone is public.
fn client() -> Outbound {
    let only: fn(IpAddr) -> bool = |address| address == IpAddr::from([127, 0, 0, 1]);
    Outbound::over(connect::system_resolve(), only, false).unwrap()
}

async fn post(client: &Outbound, url: &Url) -> Result<StatusCode, OutboundError> {
    client.post(url, &HeaderMap::new(), Bytes::from_static(b"{\"url\":\"x\"}")).await
}

#[tokio::test]
async fn what_is_sent() {
    let server = Server::on("127.0.0.1", vec![answer("204 No Content", "", "")]).await;
    let mut url = server.url("/hook?a=1");
    url.set_username("me").unwrap();
    url.set_password(Some("a+b%20c")).unwrap();
    assert_eq!(post(&client(), &url).await.unwrap(), StatusCode::NO_CONTENT);
    let seen = server.seen.lock().await.join("");
    let (head, body) = seen.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /hook?a=1 HTTP/1.1\r\n"), "{head}");
    for line in [
        "content-type: application/json".to_owned(),
        format!("host: {}", server.address),
        format!("authorization: Basic {}", STANDARD.encode("me:a+b c")),
    ] {
        assert!(head.lines().any(|found| found == line), "{line}: {head}");
    }
    assert_eq!(body, "{\"url\":\"x\"}");
}

#[tokio::test]
async fn redirects() {
    let last = Server::on("127.0.0.1", vec![answer("200 OK", "", "")]).await;
    let first = Server::on("127.0.0.1", vec![to(&last.url("/next"))]).await;
    assert_eq!(post(&client(), &first.url("/")).await.unwrap(), StatusCode::OK);
    assert!(last.seen.lock().await[0].ends_with("{\"url\":\"x\"}"), "the body goes on");

    // A public address that leads to a private one.
    let private = Server::on("127.0.0.2", vec![answer("200 OK", "", "secret")]).await;
    for (client_goes, error) in [("/", "private")] {
        let leading = Server::on("127.0.0.1", vec![to(&private.url("/"))]).await;
        let told = post(&client(), &leading.url(client_goes)).await.unwrap_err().to_string();
        assert!(told.contains(error), "{told}");
    }
    assert!(private.seen.lock().await.is_empty(), "nothing reached it");

    let circle = Server::on("127.0.0.1", vec![answer("302 Found", "location: /\r\n", ""); 9]).await;
    let told = post(&client(), &circle.url("/")).await.unwrap_err().to_string();
    assert_eq!((told.as_str(), circle.seen.lock().await.len()), ("the address leads on too often", 4));

    for (headers, error) in [("", "nowhere"), ("location: ftp://x.example/\r\n", "other than http")] {
        let server = Server::on("127.0.0.1", vec![answer("308 Permanent Redirect", headers, "")]).await;
        let told = post(&client(), &server.url("/")).await.unwrap_err().to_string();
        assert!(told.contains(error), "{told}");
    }
    let secure: Url = "https://x.example/".parse().unwrap();
    let headers = HeaderMap::from_iter([(LOCATION, "http://x.example/".parse().unwrap())]);
    assert!(next(&secure, &headers).unwrap_err().to_string().contains("https to http"));
}

#[tokio::test]
async fn answers_that_are_no_success() {
    for status in ["500 Internal Server Error", "404 Not Found", "303 See Other"] {
        let server = Server::on("127.0.0.1", vec![answer(status, "location: /\r\n", "")]).await;
        let told = post(&client(), &server.url("/")).await.unwrap_err().to_string();
        assert_eq!(told, format!("the answer was {status}"));
    }
    let nobody: Url = "http://127.0.0.1:9/".parse().unwrap();
    assert!(matches!(post(&client(), &nobody).await, Err(OutboundError::Connect(_))));
}

#[tokio::test]
async fn private_addresses_are_never_connected_to() {
    let server = Server::on("127.0.0.1", vec![answer("200 OK", "", "")]).await;
    let outbound = Outbound::new(false).unwrap();
    for host in ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433"] {
        let url: Url = format!("http://{host}:{}/", server.address.port()).parse().unwrap();
        let told = post(&outbound, &url).await.unwrap_err();
        assert!(matches!(told, OutboundError::Private), "{host}: {told}");
    }
    assert!(server.seen.lock().await.is_empty());
    assert!(post(&Outbound::new(true).unwrap(), &server.url("/")).await.is_ok());
}

#[tokio::test]
async fn names_that_change() {
    let server = Server::on("127.0.0.2", vec![answer("200 OK", "", "")]).await;
    let open = Server::on("127.0.0.1", vec![answer("200 OK", "", "")]).await;
    let ports = (open.address.port(), server.address.port());
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = asked.clone();
    // Public when it is first asked for, private ever after.
    let resolve: Resolve = Arc::new(move |_, _| {
        let to = match counted.fetch_add(1, Ordering::Relaxed) {
            0 => SocketAddr::from(([127, 0, 0, 1], ports.0)),
            _ => SocketAddr::from(([127, 0, 0, 2], ports.1)),
        };
        Box::pin(async move { Ok(vec![to]) })
    });
    let only: fn(IpAddr) -> bool = |address| address == IpAddr::from([127, 0, 0, 1]);
    let client = Outbound::over(resolve, only, false).unwrap();
    let url: Url = "http://changing.example/".parse().unwrap();
    assert!(post(&client, &url).await.is_ok());
    assert_eq!(asked.load(Ordering::Relaxed), 1, "what was looked at is what was connected to");
    assert!(matches!(post(&client, &url).await, Err(OutboundError::Private)));
    assert!(server.seen.lock().await.is_empty());
}

#[tokio::test]
async fn what_is_fetched() {
    let server =
        Server::on("127.0.0.1", vec![answer("200 OK", "", "1\n2\n"), answer("200 OK", "", "12345678")]).await;
    assert_eq!(client().get(&server.url("/v.csv"), 4).await.unwrap(), "1\n2\n");
    assert!(matches!(client().get(&server.url("/v.csv"), 7).await, Err(OutboundError::TooLarge(7))));
}
