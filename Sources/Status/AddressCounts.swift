/// The addresses of one family in one pool, by what became of them.
package struct AddressCounts: Hashable, Sendable, Decodable {
    /// What the pool may ever hand out: its addresses without the excluded ones.
    package let total: AddressCount
    /// Held by a service.
    package let used: AddressCount
    /// Free to hand out.
    package let available: AddressCount
    /// Withheld because a foreign host answers for them.
    package let quarantined: AddressCount

    package init(
        total: AddressCount, used: AddressCount, available: AddressCount,
        quarantined: AddressCount
    ) {
        self.total = total
        self.used = used
        self.available = available
        self.quarantined = quarantined
    }

    /// What is neither used nor quarantined is available; counted before the limit applies.
    package init(total: UInt128, used: Int, quarantined: Int) {
        let taken = UInt128(clamping: used) + UInt128(clamping: quarantined)
        self.init(
            total: AddressCount(clamping: total), used: AddressCount(clamping: used),
            available: AddressCount(clamping: total > taken ? total - taken : 0),
            quarantined: AddressCount(clamping: quarantined))
    }

    package var document: Document {
        .fields([
            "total": .number(total.value), "used": .number(used.value),
            "available": .number(available.value), "quarantined": .number(quarantined.value),
        ])
    }
}
