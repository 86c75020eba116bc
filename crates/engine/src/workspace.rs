//! All activation memory of a network, planned once and cut into named buffers.

use std::ops::Range;

use crate::layout::Layout;
use crate::shared::Shared;
use crate::simd::Scalar;

/// A buffer's number in its [`Workspace`].
pub(crate) type BufferId = usize;

/// Values readable behind every buffer, so that kernels may load whole vectors at its end.
pub(crate) const SLACK: usize = 16;

/// How many rows of a value there are: those of a shard, and those of the batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rows {
    pub is_sampled: bool,
    pub shard: usize,
    pub batch: usize,
}

/// What a buffer holds and where.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Buffer {
    pub layout: Layout,
    /// Kept for the whole batch (read again when kernel gradients are formed), else for one shard only.
    pub resident: bool,
    /// Whether it holds a row for each sample of an image, or one row.
    pub is_sampled: bool,
    offset: usize,
}

/// Collects the buffers of a plan.
#[derive(Default)]
pub(crate) struct WorkspacePlan {
    buffers: Vec<Buffer>,
    resident_len: usize,
    shard_len: usize,
    lists_len: usize,
    scratch_len: usize,
}

impl WorkspacePlan {
    /// A new buffer for the rows of the batch if resident, else for those of a shard.
    pub fn add(&mut self, layout: Layout, rows: Rows, resident: bool) -> BufferId {
        let (count, len) =
            if resident { (rows.batch, &mut self.resident_len) } else { (rows.shard, &mut self.shard_len) };
        self.buffers.push(Buffer { layout, resident, is_sampled: rows.is_sampled, offset: *len });
        // Buffers start on cache lines of their own.
        *len += (count * layout.stride() + SLACK).next_multiple_of(SLACK);
        self.buffers.len() - 1
    }

    /// Room for a list of `len` numbers.
    pub fn add_list(&mut self, len: usize) {
        self.lists_len = self.lists_len.max(len);
    }

    /// Room for `len` values that live for one operation.
    pub fn add_scratch(&mut self, len: usize) {
        self.scratch_len = self.scratch_len.max(len + SLACK);
    }

    /// The same memory as `id` under another layout of as many values.
    pub fn alias(&mut self, id: BufferId, layout: Layout) -> BufferId {
        debug_assert_eq!(layout.stride(), self.buffers[id].layout.stride());
        self.buffers.push(Buffer { layout, ..self.buffers[id] });
        self.buffers.len() - 1
    }

    /// Whether two buffers are the same memory.
    pub fn is_same(&self, a: BufferId, b: BufferId) -> bool {
        let (a, b) = (&self.buffers[a], &self.buffers[b]);
        a.resident == b.resident && a.offset == b.offset
    }

    pub fn layout(&self, id: BufferId) -> Layout {
        self.buffers[id].layout
    }

    /// Values held for the batch and for a shard.
    pub fn lens(&self) -> (usize, usize) {
        (self.resident_len, self.shard_len)
    }

    /// Bytes that [`build`](Self::build) takes.
    pub fn bytes<T>(&self, threads: usize, shards: usize) -> u64 {
        let values = self.resident_len + shards * self.shard_len + threads * self.scratch_len;
        (values * size_of::<T>() + threads * self.lists_len * size_of::<u32>()) as u64
    }

    /// Memory for `threads` threads, and for so many shards at a time.
    pub fn build<T: Scalar>(self, threads: usize, shards: usize) -> Workspace<T> {
        Workspace {
            resident: Shared::new(self.resident_len),
            shards: (0..shards).map(|_| Shared::new(self.shard_len)).collect(),
            scratch: (0..threads).map(|_| Shared::new(self.scratch_len)).collect(),
            lists: (0..threads).map(|_| Shared::new(self.lists_len)).collect(),
            buffers: self.buffers,
        }
    }
}

/// The memory: one part shared by all threads, parts for the shards that are in work, one part per thread. Borders start
/// at 0 and stay 0.
pub(crate) struct Workspace<T> {
    resident: Shared<T>,
    /// One for each thread, whose shards take turns in it; where images depend on each other, one for each shard of the
    /// batch.
    shards: Vec<Shared<T>>,
    /// Memory for one operation, per thread.
    scratch: Vec<Shared<T>>,
    /// One list per thread, for products that skip zeros.
    lists: Vec<Shared<u32>>,
    buffers: Vec<Buffer>,
}

/// The images `first .. first + images` of the batch, worked on by one thread.
pub(crate) struct Shard<'a, T> {
    workspace: &'a Workspace<T>,
    place: Place,
    pub first: usize,
    pub images: usize,
    /// Rows of an image in buffers that are sampled.
    pub samples: usize,
}

/// Who works on a shard, and which of the parts of the memory is the shard's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub thread: usize,
    pub part: usize,
}

/// Images of a shard, each with so many rows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Images {
    pub first: usize,
    pub count: usize,
    pub rows: usize,
}

impl Images {
    /// Ranges of images as ranges of their rows.
    pub fn rows_of(self, images: Range<usize>) -> Range<usize> {
        images.start * self.rows..images.end * self.rows
    }
}

/// Memory of a thread for one operation.
pub(crate) struct Scratch<'a, T> {
    pub values: &'a mut [T],
    /// For products that skip zeros.
    pub list: &'a mut [u32],
}

/// The right to read what is kept for the batch, which nothing writes meanwhile.
pub(crate) struct Resident<'a, T>(&'a Workspace<T>);

impl<'a, T: Scalar> Resident<'a, T> {
    /// A resident buffer for rows 0..rows, and the slack behind it.
    pub fn values(&self, id: BufferId, rows: usize) -> &'a [T] {
        let buffer = &self.0.buffers[id];
        assert!(buffer.resident, "buffer {id} lives for one shard only");
        let end = buffer.offset + rows * buffer.layout.stride() + SLACK;
        // SAFETY: the promise of `Workspace::resident`.
        #[allow(unsafe_code)]
        unsafe {
            self.0.resident.slice(buffer.offset..end)
        }
    }

    pub fn layout(&self, id: BufferId) -> Layout {
        self.0.layout(id)
    }
}

impl<T: Scalar> Workspace<T> {
    /// The part that holds these images, each with so many samples.
    ///
    /// # Safety
    /// While the shard lives, no other shard at the same place, of the same thread or of overlapping images does, nor a
    /// scratch of that thread; and nothing reads what is kept for the batch.
    #[allow(unsafe_code)]
    pub unsafe fn shard(&self, place: Place, first: usize, images: usize, samples: usize) -> Shard<'_, T> {
        Shard { workspace: self, place, first, images, samples }
    }

    /// Memory of a thread for one operation.
    ///
    /// # Safety
    /// While the result lives, nothing else has the memory of this thread.
    #[allow(unsafe_code)]
    pub unsafe fn scratch(&self, thread: usize) -> Scratch<'_, T> {
        let (values, list) = (&self.scratch[thread], &self.lists[thread]);
        // SAFETY: the caller's promise.
        unsafe { Scratch { values: values.slice_mut(0..values.len()), list: list.slice_mut(0..list.len()) } }
    }

    /// What is kept for the batch.
    ///
    /// # Safety
    /// While the result lives, or a slice that it gave, there is no shard: nothing writes what is kept.
    #[allow(unsafe_code)]
    pub unsafe fn resident(&self) -> Resident<'_, T> {
        Resident(self)
    }

    pub fn layout(&self, id: BufferId) -> Layout {
        self.buffers[id].layout
    }
}

impl<T: Scalar> Shard<'_, T> {
    pub fn layout(&self, id: BufferId) -> Layout {
        self.workspace.layout(id)
    }

    /// Rows of an image in a buffer.
    fn each(&self, id: BufferId) -> usize {
        if self.workspace.buffers[id].is_sampled { self.samples } else { 1 }
    }

    /// The shard's rows of a buffer.
    pub fn rows(&self, id: BufferId) -> usize {
        self.images * self.each(id)
    }

    /// The first of them in the batch.
    pub fn first_row(&self, id: BufferId) -> usize {
        self.first * self.each(id)
    }

    /// The images, with the number of rows that each has in a buffer.
    pub fn images_of(&self, id: BufferId) -> Images {
        Images { first: self.first, count: self.images, rows: self.each(id) }
    }

    /// As [`Shard::borrow`], with memory of this shard's thread for one operation.
    #[allow(unsafe_code)]
    pub fn borrow_with_scratch<const R: usize, const W: usize>(
        &mut self,
        read: [BufferId; R],
        write: [BufferId; W],
    ) -> ([&[T]; R], [&mut [T]; W], Scratch<'_, T>) {
        // SAFETY: no other shard has this thread's memory (`Workspace::shard`), and `&mut self` excludes a second scratch.
        let scratch = unsafe { self.workspace.scratch(self.place.thread) };
        let (read, write) = self.borrow(read, write);
        (read, write, scratch)
    }

    /// Borrows this shard's images of some buffers to read (each with the slack behind it) and of others
    /// to write. Panics where a buffer to write is named twice.
    #[allow(unsafe_code)]
    pub fn borrow<const R: usize, const W: usize>(
        &mut self,
        read: [BufferId; R],
        write: [BufferId; W],
    ) -> ([&[T]; R], [&mut [T]; W]) {
        let at = |id: &BufferId| (self.workspace.buffers[*id].resident, self.workspace.buffers[*id].offset);
        for (i, id) in write.iter().enumerate() {
            let mut others = read.iter().chain(&write[..i]);
            assert!(others.all(|other| at(other) != at(id)), "buffer {id} is borrowed twice");
        }
        let place = |id: BufferId| {
            let buffer = self.workspace.buffers[id];
            let stride = buffer.layout.stride();
            let (memory, first) = if buffer.resident {
                (&self.workspace.resident, self.first_row(id))
            } else {
                (&self.workspace.shards[self.place.part], 0)
            };
            let start = buffer.offset + first * stride;
            (memory, start, start + self.rows(id) * stride, buffer.resident)
        };
        // SAFETY: buffers are disjoint, those to write differ from all others (asserted), `&mut self`
        // excludes a second borrow, and other threads have other images and other shard memory
        // (`Workspace::shard`). Slack is read only within the shard's own memory.
        unsafe {
            (
                read.map(|id| {
                    let (memory, start, end, resident) = place(id);
                    memory.slice(start..if resident { end } else { end + SLACK })
                }),
                write.map(|id| {
                    let (memory, start, end, _) = place(id);
                    memory.slice_mut(start..end)
                }),
            )
        }
    }
}
