import Dispatch

/// The executor of the object store: a queue of its own, so that waiting for the disk never holds
/// a thread of the cooperative pool.
final class StorageQueue: SerialExecutor {
    private let queue = DispatchQueue(label: "herald.embedded-api.storage")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }
}
