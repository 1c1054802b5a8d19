//! A running server and its end.

use crate::{App, Config, Error, routes};
use std::net::SocketAddr;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::watch;

/// How long requests under way may take once the server was told to stop.
const GRACE: Duration = Duration::from_secs(5);

/// A running server; dropped, it stops.
pub struct Server {
    address: SocketAddr,
    app: App,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Opens the data folder, listens, and serves from threads of its own. Not to be called from asynchronous code,
    /// which it would block.
    pub fn start(config: Config) -> Result<Self, Error> {
        let listen = config.listen;
        let app = App::open(config)?;
        let network = |doing| move |source| Error::System { doing, source };
        let runtime =
            tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(network("start the runtime"))?;
        let listener = runtime.block_on(TcpListener::bind(listen)).map_err(network("listen"))?;
        let address = listener.local_addr().map_err(network("listen"))?;
        let stop = watch::Sender::new(false);
        let (served, stopped) = (app.clone(), stop.subscribe());
        let thread = std::thread::Builder::new()
            .name("server".to_owned())
            .spawn(move || serve(&runtime, listener, served, stopped))
            .map_err(network("start the server's thread"))?;
        Ok(Self { address, app, stop, thread: Some(thread) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its state.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Stops: no new requests, those under way are answered, then everything is closed.
    pub fn shutdown(self) {
        drop(self);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        if let Some(thread) = self.thread.take() {
            // A panic there has already been printed.
            let _ = thread.join();
        }
    }
}

fn serve(runtime: &Runtime, listener: TcpListener, app: App, stopped: watch::Receiver<bool>) {
    let live = app.live().clone();
    let router = routes::router(app);
    let mut told = stopped.clone();
    let graceful = async move {
        wait(&mut told).await;
        live.end();
    };
    let mut late = stopped;
    runtime.block_on(async move {
        let serving = axum::serve(listener, router).with_graceful_shutdown(graceful);
        let out_of_patience = async move {
            wait(&mut late).await;
            tokio::time::sleep(GRACE).await;
        };
        tokio::select! {
            ended = serving => if let Err(error) = ended { tracing::error!("serving: {error}") },
            () = out_of_patience => tracing::warn!("stopped with requests under way"),
        }
    });
}

async fn wait(stopped: &mut watch::Receiver<bool>) {
    // An error means that the server's handle is gone, which is as good as being told.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}
