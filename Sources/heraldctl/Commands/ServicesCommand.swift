import ArgumentParser
import Status

/// `heraldctl services`: what each service of type LoadBalancer holds, or why it holds nothing.
struct ServicesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "services", abstract: "Lists services of type LoadBalancer.")

    @OptionGroup var options: CommonOptions

    func run() async throws {
        let listing = try await options.daemon.services()
        options.show(listing.document) { screen in
            listing.services.isEmpty
                ? "No services of type LoadBalancer." : listing.services.table(on: screen)
        }
    }
}
