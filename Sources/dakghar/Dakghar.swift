import ArgumentParser
import NIOSSL
import TOMLKit
import X509
import CSystemd
@main struct Dakghar: ParsableCommand {
    func run() { print(sd_booted()) }
}
