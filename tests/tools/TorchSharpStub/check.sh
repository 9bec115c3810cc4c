#!/usr/bin/env bash
# Builds the product with TensorEngine=TorchSharp against an assembly that has every member of the TorchSharp API list and does nothing: shows, where the package itself
# cannot be restored, that the sources compile unchanged against its API. Works on a copy of the tracked files; nothing of the checkout or of the package cache is touched.
#   tests/tools/TorchSharpStub/check.sh [project, default src/Pipeline.Cli]
set -euo pipefail
root=$(git -C "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" rev-parse --show-toplevel)
project=${1:-src/Pipeline.Cli}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cache=${NUGET_PACKAGES:-$HOME/.nuget/packages}
version=$(sed -n 's/.*"TorchSharp-cuda-linux" Version="\([^"]*\)".*/\1/p' "$root/Directory.Packages.props")

dotnet run --project "$root/tests/tools/TorchSharpStub" -- "$root/tests/fixtures/torchsharp-api.txt" "$work/stub"
cat >"$work/stub/TorchSharp.csproj" <<P
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <TargetFramework>net10.0</TargetFramework>
    <AllowUnsafeBlocks>true</AllowUnsafeBlocks>
    <PackageId>TorchSharp-cuda-linux</PackageId>
    <Version>$version</Version>
  </PropertyGroup>
</Project>
P
dotnet pack "$work/stub" -v quiet -nologo -o "$work/feed"

mkdir "$work/tree"
git -C "$root" ls-files -z | (cd "$root" && xargs -0 tar -cf - --ignore-failed-read) | tar -xf - -C "$work/tree"
export NUGET_PACKAGES="$work/packages"
dotnet build "$work/tree/$project" -v quiet -nologo -p:TensorEngine=TorchSharp \
    "-p:RestoreAdditionalProjectSources=$work/feed" "-p:RestoreFallbackFolders=$cache"
echo "$project compiles against the TorchSharp API"
