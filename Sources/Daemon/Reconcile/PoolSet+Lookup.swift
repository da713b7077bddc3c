import Addressing
import Allocation

extension PoolSet {
    /// The pool that `address` lies in; pools never overlap.
    func pool(containing address: IPAddress) -> Pool? {
        pools.first { pool in pool.ranges.contains { $0.contains(address) } }
    }
}
