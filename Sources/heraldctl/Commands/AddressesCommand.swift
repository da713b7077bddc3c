import ArgumentParser
import Status

/// `heraldctl addresses`: who answers for each address.
struct AddressesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "addresses", abstract: "Lists addresses and who answers for them.")

    @OptionGroup var options: CommonOptions

    func run() async throws {
        let addresses = try await options.daemon.status().addresses
        let document = Document.fields(["addresses": .list(addresses.map(\.document))])
        options.show(document) { screen in
            addresses.isEmpty ? "No addresses are allocated." : addresses.table(on: screen)
        }
    }
}
