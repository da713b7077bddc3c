import ServiceLifecycle

/// A service by its name alone.
///
/// A service group keeps the description of each of its services, which of a struct is all that it
/// holds: with some thousands of addresses known from before the start, megabytes.
struct NamedService: ServiceLifecycle.Service, CustomStringConvertible {
    let description: String
    private let service: any ServiceLifecycle.Service

    init(_ service: any ServiceLifecycle.Service) {
        description = "\(type(of: service))"
        self.service = service
    }

    func run() async throws {
        try await service.run()
    }
}
