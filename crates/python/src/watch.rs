//! Work that takes its time: on a thread of its own, with the interpreter released, while the calling thread tells
//! events and looks at signals.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::{self, Builder};
use std::time::{Duration, Instant};

use latentlab::lab::Observer;
use pyo3::prelude::*;
use serde_json::Value;

use crate::events::Events;
use crate::failure::{Fault, internal};
use crate::json::to_python;

/// How long a signal waits at most until it is looked at.
const SIGNALS: Duration = Duration::from_millis(50);
/// How long work that was asked to end, and is no training, is waited for where it can be left alone.
const PATIENCE: Duration = Duration::from_millis(100);

/// What `work` gives, which is handed one who watches and a flag that asks it to end. `events` is called with what the one
/// who watches hears, on this thread. An interrupt, or an exception of `events`, sets the flag, and is raised once the work
/// has ended.
///
/// # Errors
/// The interrupt, what `events` raised, or a `Fault` if the work panicked.
pub fn watched<T: Send>(
    py: Python<'_>,
    events: Option<Py<PyAny>>,
    work: impl FnOnce(Arc<dyn Observer>, Arc<AtomicBool>) -> T + Send,
) -> PyResult<T> {
    let (sender, receiver) = channel();
    let observer = Arc::new(Events::new(sender, events.is_some()));
    let stop = Arc::new(AtomicBool::new(false));
    let listener = Listener { receiver, events, stop: Arc::clone(&stop) };
    py.detach(move || {
        thread::scope(|scope| {
            let worker =
                thread_of_work().spawn_scoped(scope, move || work(observer, stop)).map_err(no_thread)?;
            let raised = listener.listen(|| worker.is_finished(), |_| true);
            let done = worker.join().map_err(|panic| internal(&*panic))?;
            raised.map_or(Ok(done), Err)
        })
    })
}

/// The same for work that holds nothing of the caller's, and may write to disk long after it was asked to end: it is not
/// waited for then, and ends by itself, unless it is a training, which ends soon and saves what was learned.
pub fn watched_or_left<T: Send + 'static>(
    py: Python<'_>,
    events: Option<Py<PyAny>>,
    work: impl FnOnce(Arc<dyn Observer>, Arc<AtomicBool>) -> T + Send + 'static,
) -> PyResult<T> {
    let (sender, receiver) = channel();
    let observer = Arc::new(Events::new(sender, events.is_some()));
    let (stop, trains) = (Arc::new(AtomicBool::new(false)), observer.trains());
    let listener = Listener { receiver, events, stop: Arc::clone(&stop) };
    py.detach(move || {
        let worker = thread_of_work().spawn(move || work(observer, stop)).map_err(no_thread)?;
        let is_waited_for = |since: Instant| trains.load(Ordering::Relaxed) || since.elapsed() < PATIENCE;
        let raised = listener.listen(|| worker.is_finished(), is_waited_for);
        match raised {
            Some(raised) => Err(raised),
            None => worker.join().map_err(|panic| internal(&*panic)),
        }
    })
}

/// A thread with the stack that the main thread of a program has.
fn thread_of_work() -> Builder {
    Builder::new().name("latentlab".into()).stack_size(8 << 20)
}

fn no_thread(error: std::io::Error) -> PyErr {
    Fault::new_err(format!("cannot start a thread: {error}"))
}

/// Tells events, and looks at signals.
struct Listener {
    receiver: Receiver<Value>,
    events: Option<Py<PyAny>>,
    stop: Arc<AtomicBool>,
}

impl Listener {
    /// Listens until the work is finished, or was asked to end and is not waited for any longer. Gives what was raised.
    fn listen(
        self,
        is_finished: impl Fn() -> bool,
        is_waited_for: impl Fn(Instant) -> bool,
    ) -> Option<PyErr> {
        let mut ended: Option<(PyErr, Instant)> = None;
        loop {
            // What was said last is there before the work is finished.
            let is_last = is_finished();
            let event = self.receiver.recv_timeout(if is_last { Duration::ZERO } else { SIGNALS });
            match &ended {
                None => {
                    if let Err(raised) = Python::attach(|py| self.look(py, event.as_ref().ok())) {
                        self.stop.store(true, Ordering::Relaxed);
                        ended = Some((raised, Instant::now()));
                    }
                }
                Some((_, since)) if !is_waited_for(*since) => break,
                Some(_) => {}
            }
            match event {
                Ok(_) => {}
                Err(RecvTimeoutError::Timeout) if !is_last => {}
                // Nobody is left who could say anything: the thread is about to finish.
                Err(RecvTimeoutError::Disconnected) if !is_last => thread::sleep(Duration::from_millis(1)),
                Err(_) => break,
            }
        }
        ended.map(|(raised, _)| raised)
    }

    fn look(&self, py: Python<'_>, event: Option<&Value>) -> PyResult<()> {
        py.check_signals()?;
        if let (Some(events), Some(event)) = (&self.events, event) {
            events.call1(py, (to_python(py, event)?,))?;
        }
        Ok(())
    }
}
