import PoolFile
import YAML

/// What libFuzzer calls: any bytes are a pool file or refused, never a trap or a hang; what both
/// readers make of them is the same in a second run.
@_cdecl("LLVMFuzzerTestOneInput")
public func readOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let bytes = [UInt8](UnsafeBufferPointer(start: start, count: count))
    func load() -> String {
        do {
            return "\(try PoolFile.load([PoolFile.Source(path: "f", bytes: bytes)]))"
        } catch {
            return "\(error)"
        }
    }
    let first = load()
    precondition(first == load(), "two readings of the same bytes differ: \(first)")
    _ = try? YAMLDocuments.single(parsing: bytes)
    return 0
}
