"""What benchmarks, proof campaigns and tests share: servers, databases, receivers, load, and measurements of the code.

The wheel does not contain it. It may import leadloop, but no benchmark, campaign or test.
"""
